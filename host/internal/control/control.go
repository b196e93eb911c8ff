package control

import (
	"bytes"
	_ "embed" // the controls are a file
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Control is something that a company does for its security. Its words are our own.
type Control struct {
	ID           string              `json:"id" doc:"Stable; letters, digits and hyphens"`
	Title        string              `json:"title" doc:"What holds where the control works, in one line"`
	Text         string              `json:"text"`
	Owner        string              `json:"owner" doc:"The role that usually answers for it"`
	Manual       bool                `json:"manual" doc:"Documents and decisions of people show it; no test does"`
	Requirements map[string][]string `json:"requirements" doc:"Ids of the requirements that it meets, by the id of their framework"`
}

// written is a control as the file has it.
type written struct {
	ID     string   `yaml:"id"`
	Title  string   `yaml:"title"`
	Text   string   `yaml:"text"`
	Owner  string   `yaml:"owner"`
	Manual bool     `yaml:"manual"`
	SOC2   []string `yaml:"soc2"`
	ISO    []string `yaml:"iso-27001"`
	NIST   []string `yaml:"nist-800-53"`
	CSF    []string `yaml:"nist-csf"`
	HIPAA  []string `yaml:"hipaa"`
	GDPR   []string `yaml:"gdpr"`
}

//go:embed controls.yaml
var controlsFile []byte

// Controls returns the controls, in the order of a screen.
func Controls() ([]Control, error) {
	frameworks, err := Frameworks()
	if err != nil {
		return nil, err
	}
	controls, err := parse(controlsFile)
	if err != nil {
		return nil, fmt.Errorf("read controls.yaml: %w", err)
	}
	return controls, check(controls, frameworks)
}

// parse reads a file of controls. An unknown key is an error with its line.
func parse(file []byte) ([]Control, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(file))
	decoder.KnownFields(true)
	var all []written
	if err := decoder.Decode(&all); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	controls := make([]Control, 0, len(all))
	for _, w := range all {
		c := Control{
			ID: w.ID, Title: w.Title, Text: strings.TrimSpace(w.Text), Owner: w.Owner, Manual: w.Manual, Requirements: map[string][]string{},
		}
		for framework, ids := range map[string][]string{
			SOC2: w.SOC2, ISO27001: w.ISO, NIST80053: w.NIST, NISTCSF: w.CSF, HIPAA: w.HIPAA, GDPR: w.GDPR,
		} {
			if len(ids) > 0 {
				c.Requirements[framework] = ids
			}
		}
		controls = append(controls, c)
	}
	return controls, nil
}

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// check returns every mistake in controls: a field that is missing, an id that is there twice, a requirement that does not exist.
func check(controls []Control, frameworks []Framework) error {
	exists := map[string]map[string]bool{}
	for _, f := range frameworks {
		exists[f.ID] = map[string]bool{}
		for _, r := range f.Requirements {
			exists[f.ID][r.ID] = true
		}
	}
	var mistakes []error
	mistake := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf(format, args...)) }
	seen := map[string]bool{}
	for _, c := range controls {
		switch {
		case !idForm.MatchString(c.ID):
			mistake("the id %q does not have the form of an id: use lower-case letters, digits and single hyphens", c.ID)
		case seen[c.ID]:
			mistake("the control %s is there twice: give one of them another id", c.ID)
		case c.Title == "" || c.Text == "" || c.Owner == "":
			mistake("the control %s lacks a title, a text or an owner: add it", c.ID)
		case len(c.Requirements) == 0:
			mistake("the control %s meets no requirement: name one", c.ID)
		}
		seen[c.ID] = true
		for _, f := range frameworks {
			ids := c.Requirements[f.ID]
			for i, id := range ids {
				switch {
				case !exists[f.ID][id]:
					mistake("the control %s names %s, which %s does not have: correct the id", c.ID, id, f.Title)
				case slices.Contains(ids[:i], id):
					mistake("the control %s names %s of %s twice: remove one", c.ID, id, f.Title)
				}
			}
		}
	}
	return errors.Join(mistakes...)
}
