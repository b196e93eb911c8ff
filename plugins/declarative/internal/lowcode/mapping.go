package lowcode

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/stream"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// Mapping says what a manifest does not: the kinds of the records, and texts for people. It is a file of
// its own, so that a newer manifest can be imported with it again.
type Mapping struct {
	file.Item
	ID          string                   `yaml:"id"`
	Name        string                   `yaml:"name"`
	Version     string                   `yaml:"version"`
	Vendor      string                   `yaml:"vendor"`
	Summary     string                   `yaml:"summary"`
	Homepage    string                   `yaml:"homepage"`
	License     string                   `yaml:"license"`
	Categories  []string                 `yaml:"categories"`
	Guide       string                   `yaml:"guide"`
	Settings    map[string]SettingTexts  `yaml:"settings"`
	Permissions []PermissionText         `yaml:"permissions"`
	Streams     map[string]StreamMapping `yaml:"streams"`
}

// SettingTexts are the words of a field of the form.
type SettingTexts struct {
	file.Item
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	Step        string `yaml:"guide_step"`
}

// PermissionText is a permission that the manifest does not name.
type PermissionText struct {
	file.Item
	ID       string `yaml:"id"`
	Reason   string `yaml:"reason"`
	Optional bool   `yaml:"optional"`
}

// StreamMapping gives the records of a stream a kind.
type StreamMapping struct {
	file.Item
	Skip        bool                       `yaml:"skip"`
	Kind        string                     `yaml:"kind"`
	Title       string                     `yaml:"title"`
	Description string                     `yaml:"description"`
	Key         file.Expression            `yaml:"key"`
	Where       file.Expression            `yaml:"where"`
	Fields      map[string]file.Expression `yaml:"fields"`
	Permissions []string                   `yaml:"permissions"`
	Omit        []string                   `yaml:"omit"`
	Deletes     string                     `yaml:"deletes"`
}

// ReadMapping reads a mapping file. The error has a line for each mistake.
func ReadMapping(r io.Reader) (*Mapping, error) {
	var m Mapping
	if err := file.Read(r, &m); err != nil {
		return nil, inMapping(err)
	}
	return &m, nil
}

// inMapping says of each line of an error that it is about the mapping file.
func inMapping(err error) error {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = "mapping: " + line
	}
	return fmt.Errorf("%s", strings.Join(lines, "\n"))
}

// checkMapping refuses names that the manifest does not have.
func (m *importer) checkMapping() error {
	var wrong file.Mistakes
	var streams, settings []string
	for _, s := range m.streams {
		streams = append(streams, s.Name)
	}
	for _, s := range m.form.Settings {
		settings = append(settings, s.Name)
	}
	for _, v := range m.manifest.Root().Get("streams").Items() { // one that is left out may still be mapped
		streams = append(streams, stream.Name(v.Get("name").Text()))
	}
	for name := range m.mapping.Streams {
		if !slices.Contains(streams, name) {
			wrong.Add(m.mapping.Streams[name].At(""), "there is no stream %q%s", name, file.Nearest(name, streams))
		}
	}
	for name := range m.mapping.Settings {
		if !slices.Contains(settings, name) {
			wrong.Add(m.mapping.Settings[name].At(""), "there is no setting %q%s", name, file.Nearest(name, settings))
		}
	}
	for name, s := range m.mapping.Streams {
		if len(s.Fields) > 0 && s.Kind == "" {
			wrong.Add(s.At("fields"), "stream %q: fields need a kind", name)
		}
	}
	if err := wrong.Err(); err != nil {
		return inMapping(err)
	}
	return nil
}

// given is a value of the mapping file, or what is meant without one.
func given[T string | bool](m file.Item, key string, value T, otherwise any) any {
	if !m.Has(key) {
		return otherwise
	}
	return writing.Mapped{Value: value, Line: m.At(key).Line}
}
