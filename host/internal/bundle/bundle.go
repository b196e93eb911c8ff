package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

// The bounds of an archive.
const (
	mostConnections = 1000
	mostRuns        = 200
	mostLogs        = 20  // runs that failed, whose log lines are in it
	mostLines       = 200 // of each
)

// File is one file of an archive.
type File struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	Bytes int    `json:"bytes"`

	content []byte
}

// Gather asks a host for what support needs. A part that cannot be read is told in its file: an archive is wanted most when
// something is broken.
func Gather(ctx context.Context, client *calls.Client, version string) ([]File, error) {
	runs, failed := client.Runs(ctx, "", operation.PageParams{Limit: mostRuns})
	parts := []struct {
		name, what string
		read       func() (any, error)
	}{
		{"versions.json", "versions of the program and of what it runs on", func() (any, error) { return versions(ctx, client, version) }},
		{"doctor.json", "what the doctor found", func() (any, error) { return client.Doctor(ctx) }},
		{"configuration.json", "the configuration, which holds no secrets", func() (any, error) { return client.Configuration(ctx) }},
		{"connectors.json", "connectors: id, version, trust, hash", func() (any, error) { return connectors(ctx, client) }},
		{"connections.json", "connections: health, reason and trouble; no settings", func() (any, error) { return connectionsOf(ctx, client) }},
		{"storage.json", "what is kept and how it is looked after", func() (any, error) { return client.Storage(ctx) }},
		{"runs.json", fmt.Sprintf("the latest %d runs with their steps", mostRuns), func() (any, error) { return runs.Items, failed }},
	}
	var files []File
	for _, p := range parts {
		value, err := p.read()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		f, err := document(p.name, p.what, value, err)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	figures, err := client.Metrics(ctx)
	if err != nil {
		figures = "# could not be read: " + Redact(err.Error()) + "\n"
	}
	files = append(files, text("metrics.txt", "the figures of /metrics", figures))
	return logs(ctx, client, runs.Items, files)
}

// document returns a file with a value, or with why it could not be read.
func document(name, what string, value any, failed error) (File, error) {
	if failed != nil {
		value = map[string]string{"could_not_be_read": failed.Error()}
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return File{}, fmt.Errorf("encode %s: %w", name, err)
	}
	var plain any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&plain); err != nil {
		return File{}, fmt.Errorf("decode %s: %w", name, err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(redacted(plain)); err != nil {
		return File{}, fmt.Errorf("encode %s: %w", name, err)
	}
	return File{Name: name, What: what, Bytes: out.Len(), content: out.Bytes()}, nil
}

// text returns a file of lines, each redacted.
func text(name, what, content string) File {
	var out strings.Builder
	for line := range strings.Lines(content) {
		out.WriteString(Redact(strings.TrimRight(line, "\n")) + "\n")
	}
	return File{Name: name, What: what, Bytes: out.Len(), content: []byte(out.String())}
}

func versions(ctx context.Context, client *calls.Client, version string) (any, error) {
	status, err := client.Status(ctx)
	return map[string]any{
		"command": version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "made_at": time.Now().UTC(), "status": status,
	}, err
}

func connectors(ctx context.Context, client *calls.Client) (any, error) {
	all, err := client.Connectors(ctx)
	list := make([]map[string]any, 0, len(all))
	for _, c := range all {
		list = append(list, map[string]any{
			"id": c.ID, "version": c.Version, "trust": c.Trust, "sha256": c.SHA256, "sdk": c.SDK, "connections": c.Connections, "problem": c.Problem,
		})
	}
	return list, err
}

// errEnough ends a list that has as many as are wanted.
var errEnough = errors.New("enough")

func connectionsOf(ctx context.Context, client *calls.Client) (any, error) {
	list := []map[string]any{}
	err := client.EachConnection(ctx, api.ConnectionsParams{Order: "urgent"}, func(c host.ConnectionItem) error {
		if len(list) == mostConnections {
			return errEnough
		}
		list = append(list, map[string]any{
			"alias": c.Alias, "connector": c.Connector, "schedule": c.Schedule, "health": c.Health, "reason": c.Reason, "since": c.Since,
			"explanation": c.Explanation, "trouble": c.Trouble, "notices": c.Notices, "recent": c.Recent, "records": c.Records, "paused": c.Paused,
			"last_success_at": c.LastSuccessAt, "next_run_at": c.NextRunAt,
		})
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return list, err
}

// logs adds the end of the log of the latest runs that were not complete.
func logs(ctx context.Context, client *calls.Client, runs []host.Run, files []File) ([]File, error) {
	added := 0
	for _, r := range runs {
		if r.Status == host.StatusSucceeded || !r.Status.Final() || added == mostLogs {
			continue
		}
		added++
		page, err := client.Logs(ctx, r.ID, api.LogParams{Order: "newest", Limit: mostLines})
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var lines strings.Builder
		if err != nil {
			fmt.Fprintf(&lines, "could not be read: %v\n", err)
		}
		for i := len(page.Items) - 1; i >= 0; i-- {
			l := page.Items[i]
			fmt.Fprintf(&lines, "%s %s %s %s\n", l.At.UTC().Format(time.RFC3339), l.Level, l.Step, display.Visible(l.Message))
		}
		files = append(files, text("logs/"+r.ID+".txt", "the end of the log of a run of "+r.Alias, lines.String()))
	}
	return files, nil
}

// Write writes the files as a zip archive.
func Write(to io.Writer, files []File) error {
	archive := zip.NewWriter(to)
	for _, f := range files {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: time.Now()})
		if err != nil {
			return fmt.Errorf("begin %s: %w", f.Name, err)
		}
		if _, err := w.Write(f.content); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("end archive: %w", err)
	}
	return nil
}
