package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Fixture is a recording of one complete run, and the input of the connector for that run. On disk
// it is a directory:
//
//	settings.json     the connection's settings; "${DIR}" in a text is the directory
//	secrets.json      made-up secrets, by the name of the setting
//	exchanges.jsonl   requests with their answers
//	expect.json       the expected outcome; optional
//	scenarios/NAME/   the same files for a system in another state. A missing file is that of
//	                  the fixture. Its exchanges precede those of the fixture.
type Fixture struct {
	Settings  json.RawMessage
	Secrets   map[string]string
	Exchanges []Exchange
	Expect    Expect
	Scenarios map[string]Fixture // with the missing files filled in
}

// Expect is the expected outcome of a run or check.
type Expect struct {
	Code       string                     `json:"code,omitempty"`       // of the error that a check must report
	Permission string                     `json:"permission,omitempty"` // that is missing
	Streams    map[string]Stream          `json:"streams,omitempty"`
	Cursors    map[string]json.RawMessage `json:"cursors,omitempty"` // at the start; else those of the complete run
}

// Stream is the expected outcome of one stream.
type Stream struct {
	Empty   string   `json:"empty,omitempty"`   // why it has no records
	Result  string   `json:"result,omitempty"`  // "complete", "complete_with_gaps", "partial", "failed"
	Code    string   `json:"code,omitempty"`    // of its error
	Records *int     `json:"records,omitempty"` // how many are sent
	Keys    []string `json:"keys,omitempty"`    // of the records that are sent, in any order
	Removed []string `json:"removed,omitempty"` // keys of the removals that are sent, in any order
}

// Load reads a fixture.
func Load(dir string) (Fixture, error) {
	f := Fixture{Settings: json.RawMessage("{}"), Scenarios: map[string]Fixture{}}
	if _, err := os.Stat(dir); err != nil {
		return f, fmt.Errorf("open fixture: %w", err)
	}
	if err := f.read(dir); err != nil {
		return f, err
	}
	entries, err := os.ReadDir(filepath.Join(dir, "scenarios"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf("list scenarios: %w", err)
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		s := Fixture{Settings: f.Settings, Secrets: f.Secrets}
		if err := s.read(filepath.Join(dir, "scenarios", entry.Name())); err != nil {
			return f, fmt.Errorf("scenario %s: %w", entry.Name(), err)
		}
		s.Exchanges = append(s.Exchanges, f.Exchanges...)
		f.Scenarios[entry.Name()] = s
	}
	return f, nil
}

// read reads the files of one directory.
func (f *Fixture) read(dir string) error {
	var settings json.RawMessage
	if err := readJSON(filepath.Join(dir, "settings.json"), &settings); err != nil {
		return err
	}
	if settings != nil {
		whole, err := filepath.Abs(dir)
		if err != nil {
			return fmt.Errorf("find fixture: %w", err)
		}
		quoted, err := json.Marshal(whole)
		if err != nil {
			return fmt.Errorf("encode path: %w", err)
		}
		f.Settings = bytes.ReplaceAll(settings, []byte("${DIR}"), quoted[1:len(quoted)-1])
	}
	if err := readJSON(filepath.Join(dir, "secrets.json"), &f.Secrets); err != nil {
		return err
	}
	if err := readJSON(filepath.Join(dir, "expect.json"), &f.Expect); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(dir, "exchanges.jsonl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read fixture: %w", err)
	}
	if f.Exchanges, err = readExchanges(bytes.NewReader(raw)); err != nil {
		return fmt.Errorf("read exchanges.jsonl: %w", err)
	}
	return nil
}

// readJSON leaves into unchanged when the file does not exist. It never changes the old value of
// into, which may belong to another fixture.
func readJSON[T any](path string, into *T) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read fixture: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var fresh T
	if err := decoder.Decode(&fresh); err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	*into = fresh
	return nil
}

// Save creates dir and writes settings, secrets and exchanges. People write the scenarios and
// expect.json.
func (f Fixture) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make fixture: %w", err)
	}
	var lines bytes.Buffer
	if err := writeExchanges(&lines, f.Exchanges); err != nil {
		return err
	}
	settings, err := json.MarshalIndent(f.Settings, "", "  ")
	if err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	secrets, err := json.MarshalIndent(f.Secrets, "", "  ")
	if err != nil {
		return fmt.Errorf("encode secrets: %w", err)
	}
	files := []struct {
		name string
		body []byte
	}{{"settings.json", append(settings, '\n')}, {"secrets.json", append(secrets, '\n')}, {"exchanges.jsonl", lines.Bytes()}}
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(dir, file.name), file.body, 0o600); err != nil {
			return fmt.Errorf("write fixture: %w", err)
		}
	}
	return nil
}
