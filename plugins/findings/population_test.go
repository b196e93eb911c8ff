package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

func TestPopulation(t *testing.T) {
	t.Parallel()
	prove.Local(t, New, machines)
}

// machines are the reports of debsecan of twenty machines, with that many weaknesses in all.
func machines(t *testing.T, items int) prove.Place {
	t.Helper()
	d := newScans(t)
	place := prove.Place{Set: map[string]any{"path": d.dir}, Keys: map[string][]string{}, Known: map[string]map[string]map[string]any{
		"findings": {}, "reports": {},
	}}
	const hosts = 20
	for host := range hosts {
		name := fmt.Sprintf("web%d", host+1)
		identity := "debsecan|debsecan|" + name
		var lines []string
		for n := host; n < items; n += hosts {
			id, pkg := fmt.Sprintf("CVE-2999-%05d", n), fmt.Sprintf("package-%d", n%7)
			lines = append(lines, fmt.Sprintf("%s %s (%s urgency)\n", id, pkg, []string{"low", "medium", "high"}[n%3]))
			sum := sha256.Sum256([]byte(identity + "\x00" + id + "\x00" + pkg))
			key := hex.EncodeToString(sum[:16])
			place.Keys["findings"] = append(place.Keys["findings"], key)
			if n < hosts {
				place.Known["findings"][key] = map[string]any{"identifier": id, "resource": name, "status": "open", "found_at": nil,
					"severity": []string{"low", "medium", "high"}[n%3]}
			}
		}
		d.write(name+".txt", strings.Join(lines, ""))
		place.Keys["reports"] = append(place.Keys["reports"], identity)
		place.Known["reports"][identity] = map[string]any{"subject": name, "type": "debsecan", "status": "complete"}
	}
	return place
}
