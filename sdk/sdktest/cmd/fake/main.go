// Command fake is the scripted connector as a program, for tests that start a real connector file.
// Package sdktest documents the script. JSON after a mark at the end of the file changes the
// descriptor, so that one build gives several versions.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// tailoring changes the descriptor of a copy of this program.
type tailoring struct {
	ID          string   `json:"id"`
	Version     string   `json:"version"`
	Permissions []string `json:"permissions"`
	Hosts       []string `json:"hosts"`
	Required    string   `json:"required"` // another required setting
	Crash       bool     `json:"crash"`    // in every stream
}

// mark precedes the tailoring, which is in the last bytes of the file.
const (
	mark = "\nplumbline-tailoring:"
	most = 4 << 10
)

func main() {
	sdktest.Linger()
	if t, ok := tailored(); ok {
		sdk.Serve(t.connector())
	}
	sdktest.FakeMain()
}

// tailored reads the tailoring of this copy, if it has one.
func tailored() (t tailoring, ok bool) {
	path, err := os.Executable()
	if err != nil {
		return t, false
	}
	self, err := os.Open(path)
	if err != nil {
		return t, false
	}
	defer self.Close()
	info, err := self.Stat()
	if err != nil {
		return t, false
	}
	tail := make([]byte, most)
	n, _ := self.ReadAt(tail, max(info.Size()-most, 0)) // to the end of the file
	_, text, found := bytes.Cut(tail[:n], []byte(mark))
	return t, found && json.Unmarshal(text, &t) == nil
}

func (t tailoring) connector() *sdk.Connector {
	c := sdktest.Fake()
	if t.ID != "" {
		c.ID = t.ID
	}
	c.Version = t.Version
	for _, p := range t.Permissions {
		c.Permissions = append(c.Permissions, sdk.Permission{ID: p, Reason: "New in this version.", Streams: []string{"users"}})
	}
	for _, h := range t.Hosts {
		c.Network = append(c.Network, sdk.NetworkHost{Host: h, Purpose: "New in this version"})
	}
	if t.Required != "" {
		more := fmt.Sprintf(`"required": [%q], "properties": {%q: {"type": "string"},`, t.Required, t.Required)
		c.ConfigSchema = []byte(strings.Replace(string(c.ConfigSchema), `"properties": {`, more, 1))
	}
	for i := range c.Streams {
		if t.Crash {
			c.Streams[i].Read = func(context.Context, *sdk.Session, *sdk.Output) error { os.Exit(3); return nil }
		}
	}
	return c
}
