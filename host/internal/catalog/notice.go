package catalog

import (
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
)

// Notices returns the news of an installed connector for its connections.
func Notices(id string, i *host.Installation) []host.Notice {
	list := []host.Notice{}
	if i == nil {
		return list
	}
	if back := i.RolledBack; back != nil && back.By == "host" {
		list = append(list, host.Notice{
			Code: host.CodeReleaseRolledBack, Since: back.At,
			Message: fmt.Sprintf("%s %s broke and was rolled back to %s: %s", id, back.Version, back.To, back.Reason),
			Remedy:  "Report it to the connector's author; a newer version can be installed when there is one.",
		})
	}
	if w := i.Waiting; w != nil {
		list = append(list, host.Notice{
			Code: host.CodeReleaseConsent, Since: w.Since,
			Message: fmt.Sprintf("%s %s is waiting for consent: it asks for more than %s was given", id, w.Version, i.Version),
			Remedy:  "Read what it asks for and agree with `plumbline connector update " + id + "` on a terminal.",
		})
	}
	return list
}

// ExamineReleases returns the doctor's line about installed releases.
func (c *Catalog) ExamineReleases() host.Finding {
	f := host.Finding{
		ID: "releases", Title: "Installed connectors", Status: "ok", Message: fmt.Sprintf("%d installed", len(c.config.Inventory.IDs())),
	}
	if err := c.config.Inventory.Problem(); err != nil {
		p := host.AsProblem(err)
		f.Status, f.Message, f.Fix = "fail", p.Message, p.Remedy
		return f
	}
	for _, id := range c.config.Inventory.IDs() {
		entry, _ := c.config.Inventory.Get(id)
		for _, n := range Notices(id, entry.Installation()) {
			f.Status, f.Message, f.Fix = "warn", n.Message, n.Remedy
		}
	}
	return f
}
