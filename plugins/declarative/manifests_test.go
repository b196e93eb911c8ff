package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/read"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/simulate"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// manifestsVariable names a directory of low-code manifests. Without it, those of testdata are read.
const manifestsVariable = "PLUMBLINE_MANIFESTS"

// TestManifestsAreReadAsTheySay imports each manifest and reads it from a system whose records have the
// form of the manifest's own schemas: each stream has exactly the records that were served.
func TestManifestsAreReadAsTheySay(t *testing.T) {
	t.Parallel()
	dir := os.Getenv(manifestsVariable)
	if dir == "" {
		dir = "testdata/lowcode"
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no manifests in %s: %v", dir, err)
	}
	var mu sync.Mutex
	whole := 0
	t.Cleanup(func() { t.Logf("%d of %d manifests are imported whole", whole, len(paths)) })
	for _, path := range paths {
		if strings.HasSuffix(path, ".mapping.yaml") || strings.HasSuffix(path, ".connector.yaml") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			result, err := translated(path, "", "")
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range result.LeftOut {
				t.Log("left out:", one)
			}
			if result.File == "" {
				return
			}
			if len(result.LeftOut) == 0 {
				mu.Lock()
				whole++
				mu.Unlock()
			}
			readBack(t, path, result.File)
		})
	}
}

// readBack reads every stream of a file from records of the manifest's schemas.
func readBack(t *testing.T, path, text string) {
	t.Helper()
	f, err := file.Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Streams { // lists of two pages, also of parents within parents
		paging := &f.Streams[i].Paging
		for _, size := range []*file.PageSize{sizeOf(paging.Page), sizeOf(paging.Offset)} {
			if size != nil {
				size.Value = min(size.Value, 2)
			}
		}
	}
	p, err := plan.New(f)
	if err != nil {
		t.Fatal(err)
	}
	settings, secrets, err := simulate.Settings(p)
	if err != nil {
		t.Fatal(err)
	}
	system := simulate.New(p, settings)
	served := &records{schemas: schemasOf(t, path), sent: map[string]map[string]any{}, wrapped: map[string]string{}}
	for _, s := range p.Streams {
		if match := wrapping.FindStringSubmatch(s.File.Records.Source); match != nil {
			served.wrapped[s.File.Name] = match[1]
		}
	}
	system.Item = served.item
	server := httptest.NewServer(system)
	t.Cleanup(server.Close)
	if p, err = plan.New(redirected(t, f, server.URL)); err != nil {
		t.Fatal(err)
	}
	c, err := read.Connector(p)
	if err != nil {
		t.Fatal(err)
	}
	out := sdktest.NewBench(t, c).Sync(t, sdktest.Input{Settings: settings, Secrets: secrets})
	for name, s := range out.Streams {
		if s.Result != "complete" {
			t.Errorf("%s: %s with %d, %v, gaps %v", name, s.Result, len(s.Records), s.Err, s.Gaps)
			continue
		}
		got := map[string]any{}
		for _, raw := range s.Records {
			var doc struct{ Vendor any }
			if err := json.Unmarshal(raw, &doc); err != nil {
				t.Fatal(err)
			}
			got[fingerprint(doc.Vendor)] = doc.Vendor
		}
		if diff := cmp.Diff(served.of(p, p.Stream(name), got), got); diff != "" || len(got) == 0 {
			t.Errorf("%s has %d records; -served +read:\n%.2000s", name, len(got), diff)
		}
	}
}

// records makes the records of streams by their schemas, and remembers those that were served.
type records struct {
	schemas map[string]map[string]any
	wrapped map[string]string // the member of an item that is the record

	mu   sync.Mutex
	sent map[string]map[string]any
}

// item returns a record of the stream's schema with the members that the connector reads as they were
// made up.
func (r *records) item(stream string, made any, number int, name string, sent bool) any {
	given, _ := made.(map[string]any)
	record, _ := sample(r.schemas[stream], number, 0).(map[string]any)
	if record == nil {
		record = map[string]any{}
	}
	for key, value := range given {
		if _, whole := record[key].(int); whole && value == name {
			value = int(unique(name))
		}
		record[key] = value
	}
	if sent {
		r.keep(stream, name, record)
	}
	if key := r.wrapped[stream]; key != "" {
		return map[string]any{key: record}
	}
	return record
}

// keep remembers a record that was served.
func (r *records) keep(stream, name string, record map[string]any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sent[stream] == nil {
		r.sent[stream] = map[string]any{}
	}
	r.sent[stream][name] = record
}

// wrapping matches the lists of objects of which one member is the record.
var wrapping = regexp.MustCompile(`\.map\(x, x\.\?(\w+)\)\.filter`)

// of returns the records of a stream as the connector keeps them. Where two streams send the same
// request, those of the other one may have been served.
func (r *records) of(p *plan.Plan, s *plan.Stream, got map[string]any) map[string]any {
	for _, other := range p.Streams {
		if other.File.Path.Source == s.File.Path.Source && other.File.URL.Source == s.File.URL.Source {
			if all := r.as(other); cmp.Equal(all, got) {
				return all
			}
		}
	}
	return r.as(s)
}

func sizeOf(paging any) *file.PageSize {
	switch p := paging.(type) {
	case *file.PageNumber:
		if p != nil {
			return p.Size
		}
	case *file.PageOffset:
		if p != nil {
			return p.Size
		}
	}
	return nil
}

func (r *records) as(s *plan.Stream) map[string]any {
	all := map[string]any{}
	for _, record := range r.sent[s.File.Name] {
		var copied map[string]any
		raw, _ := json.Marshal(record)
		_ = json.Unmarshal(raw, &copied)
		for _, key := range s.File.Omit {
			without(copied, strings.Split(key, "."))
		}
		all[fingerprint(copied)] = copied
	}
	return all
}

// without takes a member out of an object.
func without(object map[string]any, path []string) {
	if len(path) == 1 {
		delete(object, path[0])
	} else if inner, ok := object[path[0]].(map[string]any); ok {
		without(inner, path[1:])
	}
}

func fingerprint(value any) string {
	raw, _ := json.Marshal(value)
	return string(raw)
}

// unique returns a number for a name.
func unique(name string) uint32 {
	var n uint32 = 7
	for _, c := range name {
		n = n*31 + uint32(c)
	}
	return n & 0x7fffffff
}

// sample returns a value of a JSON schema.
func sample(schema map[string]any, number, depth int) any {
	var types []string
	switch t := schema["type"].(type) {
	case string:
		types = []string{t}
	case []any:
		for _, one := range t {
			types = append(types, fmt.Sprint(one))
		}
	}
	for _, t := range types {
		switch t {
		case "object":
			object := map[string]any{}
			properties, _ := schema["properties"].(map[string]any)
			for name, member := range properties {
				if inner, ok := member.(map[string]any); ok && depth < 6 {
					object[name] = sample(inner, number, depth+1)
				}
			}
			return object
		case "array":
			items, _ := schema["items"].(map[string]any)
			return []any{sample(items, number, depth+1), sample(items, number+1, depth+1)}
		case "integer":
			return number + 1
		case "number":
			return float64(number) + 0.5
		case "boolean":
			return number%2 == 0
		case "string":
			switch schema["format"] {
			case "date-time":
				return "2026-02-0" + strconv.Itoa(number%9+1) + "T12:00:00Z"
			case "date":
				return "2026-02-0" + strconv.Itoa(number%9+1)
			}
			return "text " + strconv.Itoa(number)
		}
	}
	return nil
}

// schemasOf returns the schemas of a manifest's streams.
func schemasOf(t *testing.T, path string) map[string]map[string]any {
	t.Helper()
	from, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	manifest, err := manifest.Read(from)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, v := range manifest.Root().Get("streams").Items() {
		schema, _ := v.Get("schema_loader").Get("schema").Plain().(map[string]any)
		all[strings.ToLower(v.Get("name").Text())] = schema
	}
	return all
}

// origin matches the beginning of an address up to its path.
var origin = regexp.MustCompile(`^(https?://([^/{]|\{\{[^}]*\}\})+|\{\{[^}]*\}\})`)

// redirected returns the file with every address on another host.
func redirected(t *testing.T, f *file.File, to string) *file.File {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	port, _ := strconv.Atoi(u.Port())
	f.Network = append(f.Network, file.Host{Host: u.Hostname(), Port: port, Purpose: "The test."})
	aim := func(address *file.Text) {
		if address.Source != "" {
			path := origin.ReplaceAllString(address.Source, "")
			if path != "" && !strings.HasPrefix(path, "/") {
				path = "/" + path
			}
			address.Source = to + path
		}
	}
	aim(&f.BaseURL)
	for i := range f.Streams {
		aim(&f.Streams[i].URL)
	}
	aim(&f.Check.URL)
	var ways func(a *file.Auth)
	ways = func(a *file.Auth) {
		if a.OAuth2 != nil {
			aim(&a.OAuth2.TokenURL)
		}
		if a.Session != nil {
			aim(&a.Session.Request.URL)
		}
		if a.Choose != nil {
			for name, way := range a.Choose.Ways {
				ways(&way)
				a.Choose.Ways[name] = way
			}
		}
	}
	ways(&f.Auth)
	return f
}
