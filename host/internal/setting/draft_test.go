package setting_test

import (
	"encoding/json"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
)

func TestADraftHoldsNoSecret(t *testing.T) {
	t.Parallel()
	connector := host.Connector{ID: "x", ConfigSchema: json.RawMessage(`{"type":"object","required":["user"],"properties":{
		"user":{"type":"string","minLength":3},"key":{"type":"string","writeOnly":true}}}`)}
	for settings, field := range map[string]string{
		`{}`:            "",
		`{"user":"a"}`:  "", // the schema would refuse it
		`{"key":"abc"}`: "settings.key",
		`[]`:            "settings",
	} {
		err := setting.CheckDraft(connector, json.RawMessage(settings))
		if field == "" {
			if err != nil {
				t.Errorf("%s: %v", settings, err)
			}
			continue
		}
		if p := hosttest.Problem(t, err); p.Fields[0].Field != field {
			t.Errorf("%s: %v", settings, p.Fields)
		}
	}
}

func TestSettingsForChoicesNeedNotBeComplete(t *testing.T) {
	t.Parallel()
	connector := host.Connector{ID: "x", ConfigSchema: json.RawMessage(`{"type":"object","required":["path","key"],"properties":{
		"path":{"type":"string","minLength":3},"key":{"type":"array","minItems":1}}}`)}
	for settings, field := range map[string]string{
		`{}`:               "",
		`{"path":"/a/b"}`:  "",
		`{"path":"a"}`:     "settings.path",
		`{"colour":"red"}`: "settings.colour",
	} {
		err := setting.CheckGiven(connector, json.RawMessage(settings), nil, nil)
		if field == "" {
			if err != nil {
				t.Errorf("%s: %v", settings, err)
			}
			continue
		}
		if p := hosttest.Problem(t, err); len(p.Fields) != 1 || p.Fields[0].Field != field {
			t.Errorf("%s: %v", settings, p.Fields)
		}
	}
}
