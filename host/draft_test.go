package host_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
)

func TestADraftIsBounded(t *testing.T) {
	t.Parallel()
	ticks := func(n int) []string { return strings.Split(strings.Repeat("x ", n-1)+"x", " ") }
	for name, test := range map[string]struct {
		change func(*host.Draft)
		field  string // "" = valid
	}{
		"as it comes":         {func(*host.Draft) {}, ""},
		"unfinished settings": {func(d *host.Draft) { d.Settings = json.RawMessage(`{"path":""}`) }, ""},
		"no settings":         {func(d *host.Draft) { d.Settings = nil }, "settings"},
		"null for settings":   {func(d *host.Draft) { d.Settings = json.RawMessage("null") }, "settings"},
		"an id like a path":   {func(d *host.Draft) { d.ID = "../../etc" }, "id"},
		"a long alias":        {func(d *host.Draft) { d.Alias = strings.Repeat("a", 501) }, "alias"},
		"a long owner":        {func(d *host.Draft) { d.Owner = strings.Repeat("a", 501) }, "owner"},
		"a schedule of bytes": {func(d *host.Draft) { d.Schedule = "\xff" }, "schedule"},
		"many ticks":          {func(d *host.Draft) { d.Steps = ticks(101) }, "steps"},
		"a long tick":         {func(d *host.Draft) { d.Prerequisites = []string{strings.Repeat("a", 4097)} }, "prerequisites"},
		"too much in all":     {func(d *host.Draft) { d.Settings = json.RawMessage(`{"a":"` + strings.Repeat("a", 61<<10) + `"}`) }, "settings"},
	} {
		d := host.Draft{ID: "01JD0000", Settings: json.RawMessage("{}"), Steps: ticks(100)}
		test.change(&d)
		err := d.Validate()
		problem := new(host.Problem)
		field := ""
		if errors.As(err, &problem) {
			field = problem.Fields[0].Field
		}
		if field != test.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}
