// Command tailored is the scripted connector, altered as JSON at the end of its own
// file says: so one build gives as many versions as a story needs.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// tailoring is what a copy of this program says of itself. It stands at the end of
// the file, which makes every copy a program of its own.
type tailoring struct {
	ID          string   `json:"id"`
	Version     string   `json:"version"`
	Permissions []string `json:"permissions"`
	Hosts       []string `json:"hosts"`
	Required    string   `json:"required"` // a setting it cannot do without
	Crash       bool     `json:"crash"`    // in every stream
}

// mark stands before the tailoring. In the code of every copy it stands without one.
const mark = "\nplumbline-tailoring:"

func main() {
	var t tailoring
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	raw, err := os.ReadFile(self)
	if err != nil {
		panic(err)
	}
	at := bytes.LastIndex(raw, []byte(mark))
	if at < 0 || json.Unmarshal(raw[at+len(mark):], &t) != nil {
		sdktest.FakeMain()
	}
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
		c.ConfigSchema = []byte(strings.Replace(string(c.ConfigSchema), `"properties": {`, `"required": ["`+t.Required+`"], "properties": {"`+t.Required+`": {"type": "string"},`, 1))
	}
	for i := range c.Streams {
		if t.Crash {
			c.Streams[i].Read = func(context.Context, *sdk.Session, *sdk.Output) error { os.Exit(3); return nil }
		}
	}
	sdk.Serve(c)
}
