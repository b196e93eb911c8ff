package main

import (
	"strings"
	"testing"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// offered writes the choices of a probe in one line.
func offered(p sdktest.ProbeResult) string {
	var parts []string
	for _, c := range p.Choices {
		part := c.GetSetting() + ":"
		for _, item := range c.GetItems() {
			part += " " + item.GetValue() + "[" + strings.Join(item.GetSamples(), "|") + "]" + item.GetSuggested()
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// TestChoicesOfAFile offers the columns though neither a key nor lines for the columns are there.
func TestChoicesOfAFile(t *testing.T) {
	t.Parallel()
	many := "id,Work e-mail\n1,a@x.test\nshort\n\n2,b@x.test\n3,c\n4,d\n5,e\n6,f\n"
	for name, test := range map[string]struct {
		text string
		more map[string]any
		want string
	}{
		"with headers": {many, nil, "key: id[1|short|2|3|4] Work e-mail[a@x.test||b@x.test|c|d]; " +
			"columns: id[1|short|2|3|4] Work e-mail[a@x.test||b@x.test|c|d]email"},
		"without headers": {"1,ann\n", map[string]any{"header": false}, "key: 1[1] 2[ann]; columns: 1[1] 2[ann]"},
		"semicolons":      {"id;name\n1;x\n", nil, "key: id;name[1;x]; columns: id;name[1;x]; delimiter: semicolon[]"},
		"only headers":    {"id,name\n", nil, "key: id[] name[]; columns: id[] name[]name"},
	} {
		in := sdktest.Input{Settings: map[string]any{"path": write(t, test.text)}}
		for key, value := range test.more {
			in.Settings.(map[string]any)[key] = value
		}
		probes := sdktest.NewBench(t, New()).Choices(t, in)
		if len(probes) != 1 || probes[0].State != "ok" || offered(probes[0]) != test.want {
			t.Errorf("%s: it offers %s of %+v, want %s", name, offered(probes[0]), probes, test.want)
		}
	}
}

func TestChoicesOfNoFile(t *testing.T) {
	t.Parallel()
	for path, message := range map[string]string{"": "no file is chosen", "/nowhere/a.csv": "there is no file",
		"a.csv": "is not a full path"} {
		settings := map[string]any{}
		if path != "" {
			settings["path"] = path
		}
		probes := sdktest.NewBench(t, New()).Choices(t, sdktest.Input{Settings: settings})
		if len(probes) != 1 || probes[0].Err == nil || !strings.Contains(probes[0].Message, message) || probes[0].Err.ConfigPath != "/path" {
			t.Errorf("%q: %+v", path, probes)
		}
	}
}

func TestTheTargetsAreTheFieldsOfTheKind(t *testing.T) {
	t.Parallel()
	in := sdktest.Input{Settings: map[string]any{"path": write(t, "id\n"), "kind": "training"}}
	var columns *connectorv1.Choices
	for _, c := range sdktest.NewBench(t, New()).Choices(t, in)[0].Choices {
		if c.GetSetting() == "columns" {
			columns = c
		}
	}
	for _, target := range columns.GetTargets() {
		if target.GetValue() == "course" && target.GetTitle() == "Course" && target.GetDescription() != "" {
			return
		}
	}
	t.Errorf("the targets are %v", columns.GetTargets())
}
