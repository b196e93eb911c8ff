package supervisor_test

import (
	"encoding/json"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
)

func TestARemedyNamesASettingAsTheFormDoes(t *testing.T) {
	t.Parallel()
	c := host.Connector{ConfigSchema: json.RawMessage(`{"properties": {
		"path": {"title": "File"}, "key": {"title": "Key columns"}, "plain": {}}}`)}
	tests := map[string]string{
		`Correct the setting "path".`:                        `Correct the setting "File" (path).`,
		`Correct the setting "key" and the setting "plain".`: `Correct the setting "Key columns" (key) and the setting "plain".`,
		`Correct the path.`:                                  `Correct the path.`,
	}
	for remedy, want := range tests {
		p := &host.Problem{Remedy: remedy}
		if got := c.NameSettings(p).Remedy; got != want || p.Remedy != remedy {
			t.Errorf("%q became %q, want %q; the original is %q", remedy, got, want, p.Remedy)
		}
	}
	if c.NameSettings(nil) != nil {
		t.Error("no problem became one")
	}
}

func TestRemovalLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		limits      host.RemovalLimits
		known, gone int
		rule        host.RemovalRule // "" = it goes
	}{
		{host.DefaultRemovalLimits, 0, 0, ""},
		{host.DefaultRemovalLimits, 1, 1, host.RemovalOfAll},
		{host.DefaultRemovalLimits, 2, 1, ""},
		{host.DefaultRemovalLimits, 4, 3, ""},
		{host.DefaultRemovalLimits, 5, 3, host.RemovalOfMost},
		{host.DefaultRemovalLimits, 40, 20, ""},
		{host.DefaultRemovalLimits, 41, 21, host.RemovalOfMost},
		{host.DefaultRemovalLimits, 200, 20, ""},
		{host.DefaultRemovalLimits, 200, 21, host.RemovalOfMany},
		{host.DefaultRemovalLimits, 1000, 100, ""},
		{host.DefaultRemovalLimits, 1000, 101, host.RemovalOfMany},
		{host.RemovalLimits{}, 100, 1, host.RemovalOfMany},
		{host.RemovalLimits{Share: 1}, 100, 51, host.RemovalOfMost},
	}
	for _, test := range tests {
		rule, held := test.limits.Holds(test.known, test.gone)
		if rule != test.rule || held != (test.rule != "") {
			t.Errorf("%d of %d under %+v: %q, held %v, want %q", test.gone, test.known, test.limits, rule, held, test.rule)
		}
	}
}
