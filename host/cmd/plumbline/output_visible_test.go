package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
)

// evil holds what a terminal obeys or a person cannot see, and a forged line.
const evil = "a\x1b]0;owned\x07\x1b[2J\u009b31m\u202egpj.exe\u200b\u2066\rforged\nerror: forged\tcell"

// forged reports whether text has a hidden character or a line that evil began.
func forged(text string) bool {
	return display.VisibleText(text) != text || strings.Contains("\n"+text, "\nerror: forged") || strings.Contains(text, "forged\tcell")
}

func TestWhatConnectorsAndVendorsSayCannotForgeOutput(t *testing.T) {
	t.Parallel()
	problem := &host.Problem{Code: evil, Message: evil, Remedy: evil, Scope: evil}
	gaps := []host.Gap{{Scope: evil, Error: *problem}}
	step := host.Step{Name: evil, Title: evil, Status: host.StatusFailed, Note: evil, Error: problem, Gaps: gaps}
	contacts := []host.Contact{{Host: evil, Reason: evil}}
	run := host.Run{ID: "r", Alias: evil, Connector: evil, Steps: []host.Step{step}, Error: problem, Network: contacts}
	notices := []host.Notice{{Message: evil, Remedy: evil}}
	connector := host.Connector{
		Name: evil, Vendor: evil, Summary: evil, ConfigSchema: []byte(`{}`), Permissions: []host.Permission{{ID: evil, Reason: evil}},
	}
	for name, show := range map[string]func(w io.Writer) error{
		"a table": func(w io.Writer) error { return table(w, []string{"KEY"}, [][]string{{evil}}) },
		"pairs":   func(w io.Writer) error { return pairs(w, "name", evil) },
		"a run":   func(w io.Writer) error { return printRun(w, run) },
		"a check": func(w io.Writer) error {
			probe := host.Probe{ID: "a", Title: evil, State: host.ProbeFailed, Message: evil, Error: problem}
			showProbes(w, []host.Probe{probe}, map[string]host.ProbeState{})
			return nil
		},
		"a connection": func(w io.Writer) error {
			return printConnection(w, host.ConnectionStatus{Explanation: evil, Remedy: evil, LastRun: &run, Notices: notices})
		},
		"a connector": func(w io.Writer) error { return printConnector(w, connector) },
		"an error": func(w io.Writer) error {
			(&app{errs: w}).explain(fmt.Errorf("sync: %w", problem))
			return nil
		},
		"the log": func(w io.Writer) error {
			(&app{errs: w}).logger("info").Error(evil, "err", problem, evil, evil)
			return nil
		},
		"an event for authors": func(w io.Writer) error {
			_, err := io.WriteString(w, devEvent{At: time.Now(), Changes: []string{evil}, Problem: problem}.text())
			return err
		},
	} {
		var out bytes.Buffer
		w := &visible{to: &out}
		if err := errors.Join(show(w), w.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if forged(strings.ReplaceAll(out.String(), "\u2502 error: forged\tcell", "")) || !strings.Contains(out.String(), `\x1b]0;owned`) {
			t.Errorf("%s:\n%q", name, out.String())
		}
	}
}

func TestAJSONDocumentIsShownWithoutHiddenCharacters(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := &visible{to: &out}
	record := host.Record{Key: evil, Data: json.RawMessage(`"` + "\u202e\u009b\x7f日本" + `"`)}
	if err := errors.Join(printJSON(w, record), w.Close()); err != nil {
		t.Fatal(err)
	}
	var back host.Record
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.Key != evil || display.VisibleText(out.String()) != out.String() {
		t.Errorf("%v: %q", err, out.String())
	}
	var data string
	if err := json.Unmarshal(back.Data, &data); err != nil || data != "\u202e\u009b\x7f日本" {
		t.Errorf("the data became %q (%v)", data, err)
	}
}

// TestACharacterMayComeInParts writes byte by byte.
func TestACharacterMayComeInParts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Zoë ✓ 日本 \U0001f600", evil, "ends in the middle \xe6\x97", "\xff\xfe bytes \x9b"} {
		var out bytes.Buffer
		w := &visible{to: &out}
		for i := range len(text) {
			if n, err := w.Write([]byte{text[i]}); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := w.Close(); err != nil || out.String() != display.VisibleText(text) {
			t.Errorf("%q became %q, %v", text, out.String(), err)
		}
	}
}
