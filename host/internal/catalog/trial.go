package catalog

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// crashesToRollBack is how many crashes roll a version on trial back. One crash may have a
// cause outside the program.
const crashesToRollBack = 2

// Tried judges the trial of a release by a run that ended: how the program broke, if it
// did, and how often it has within a quarter of an hour. A complete run ends the trial.
// A run that shows that the new version is broken brings the old one back, and Tried
// returns true.
func (c *Catalog) Tried(run host.Run, broke *host.Problem, times int) (rolledBack bool) {
	entry, ok := c.config.Inventory.Get(run.Connector)
	if !ok || entry.Current.SHA256 != run.ConnectorSHA256 || run.ConnectorTrust == host.TrustDevelopment {
		return false
	}
	if broke == nil && run.Status == host.StatusSucceeded && entry.Current.KeptAt == nil {
		if err := c.config.Inventory.Keep(run.Connector, run.ConnectorSHA256, time.Now()); err != nil {
			c.config.Logger.Error("end trial of connector", "connector", run.Connector, "err", err)
		}
		c.Changed(run.Connector, "changed")
		return false
	}
	if broke == nil || !entry.OnTrial() || broke.Code != host.CodeProtocol && times < crashesToRollBack {
		return false
	}
	back, err := c.config.Inventory.RollBack(run.Connector, host.RolledBack{By: "host", At: time.Now().UTC(), Reason: broke.Message})
	if err != nil {
		c.config.Logger.Error("roll connector back", "connector", run.Connector, "err", err)
		return false
	}
	c.config.Logger.Warn("connector is rolled back", "connector", run.Connector, "from", entry.Current.Version,
		"to", back.Current.Version, "reason", broke.Message, "run", run.ID)
	c.Changed(run.Connector, "rolled_back")
	return true
}
