package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func namedPipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func linkToPipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "link.csv")
	if err := os.Symlink(namedPipe(t), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func socket(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.csv")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return path
}

func settingsOf(path string, more map[string]any) sdktest.Input {
	s := map[string]any{"path": path, "key": []string{"id"}}
	maps.Copy(s, more)
	return sdktest.Input{Settings: s}
}

func TestReadsRows(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text   string
		more   map[string]any
		stream string
		result string
		keys   []string
		gaps   map[string]string // scope to part of the message
		doc    string            // of the first key
	}{
		"accounts": {
			text: "id,Work e-mail,status,MFA,Roles,created at,Shoe size\n7,ann@example.com,Active,TRUE,admin; dev,2026-03-01,41\n" +
				"8,bob@example.com,,,,,\n",
			more: map[string]any{"columns": []string{"Work e-mail = email"}}, stream: "account", result: "complete", keys: []string{"7", "8"},
			doc: `{"admin":"unknown","created_at":"2026-03-01T00:00:00Z","email":"ann@example.com","external_id":"7","mfa":"yes","roles":["admin",` +
				`"dev"],"status":"active","type":"unknown",` +
				`"vendor":{"MFA":"TRUE","Roles":"admin; dev","Shoe size":"41","Work e-mail":"ann@example.com","created at":"2026-03-01","id":"7",` +
				`"status":"Active"}}`,
		},
		"only headers":    {text: "id,name\n", stream: "account", result: "complete"},
		"a mark of UTF-8": {text: "\ufeffid,name\n1,x\n", stream: "account", result: "complete", keys: []string{"1"}},
		"semicolons": {text: "id;name\n1;x,y\n", more: map[string]any{"delimiter": "semicolon"}, stream: "account", result: "complete",
			keys: []string{"1"}},
		"no headers": {text: "1,x\n2,y\n", more: map[string]any{"header": false, "key": []string{"1"}, "columns": []string{"2=name"}},
			stream: "account", result: "complete", keys: []string{"1", "2"}},
		"several keys": {text: "id,n\na|b,c\na,b|c\n", more: map[string]any{"key": []string{"id", "n"}}, stream: "account",
			result: "complete", keys: []string{`a\|b|c`, `a|b\|c`}},
		"devices": {text: "id,updates_pending,firewall\n1,3,no\n", more: map[string]any{"kind": "device"}, stream: "device",
			result: "complete", keys: []string{"1"}},
		"quoted lines": {text: "id,name\n1,\"two\nlines\"\n2,x\n", stream: "account", result: "complete", keys: []string{"1", "2"}},
		"CR line ends": {text: "id,email,name\r1,ann@example.com,Ann\r2,bob@example.com,Bob\r", stream: "account", result: "complete",
			keys: []string{"1", "2"}},
		"CR, one column":   {text: "id\r1\r2", stream: "account", result: "complete", keys: []string{"1", "2"}},
		"the hint sep=;":   {text: "\ufeffsep=;\r\nid;name\r\n1;a,b\r\n", stream: "account", result: "complete", keys: []string{"1"}},
		"the hint, filled": {text: "\"sep=;\";;\nid;name;mail\n1;a;b\n", stream: "account", result: "complete", keys: []string{"1"}},
		"nameless columns": {text: "id,email,name,,,\r\n1,a@x.test,A,,,\r\n2,b@x.test,B,,,\r\n3,c@x.test,C\r\n", stream: "account",
			result: "complete", keys: []string{"1", "2", "3"}},
		"a nameless column that is full": {text: ",id\n0,1\n1,2\n", stream: "account", result: "complete", keys: []string{"1", "2"},
			doc: `{"admin":"unknown","external_id":"1","mfa":"unknown","status":"unknown","type":"unknown","vendor":{"column 1":"0","id":"1"}}`},
		"rows of separators": {text: ",,\nid,email,name\r\n1,a@x.test,A\r\n,,\r\n2,b@x.test,B\r\n, ,\r\n\r\n,,", stream: "account",
			result: "complete", keys: []string{"1", "2"}},
		"bad rows and cells are named": {
			text: "id,status,mfa,created_at\n1,active,yes,2026-03-01\n2,odd,yes,\n3,active,perhaps,\n4,active,no,yesterday\n5,active\n" +
				",active,no,\n1,active,no,\n9,act\"ive,no,\n10,active,no,\n", stream: "account",
			result: "complete_with_gaps", keys: []string{"1", "2", "3", "4", "10"},
			gaps: map[string]string{`line 3, column "status"`: "status must be one of", `line 4, column "mfa"`: "yes, no or unknown",
				`line 5, column "created_at"`: "not a time",
				"line 6":                      "2 columns and not 4", "line 7": "key is empty", "line 8": "that of line 2", "line 9": "not CSV"},
		},
		"a required field": {text: "id,severity,status\n1,high,open\n", more: map[string]any{"kind": "finding"}, stream: "finding",
			result: "complete_with_gaps", gaps: map[string]string{"line 2": "title must be set"}},
		"not UTF-8": {text: "id,name\n1,\xe4\n\xe4,x\n3," + strings.Repeat("n", 4096) + "\n2,\x00\n", stream: "account",
			result: "complete_with_gaps", keys: []string{"1", "3", "2"},
			gaps: map[string]string{`line 2, column "name"`: "not UTF-8", "line 3": "not UTF-8", `line 5, column "name"`: "zero byte"}},
		"an unended quote": {text: "id,name\n1,x\n2,\"y\n3,z\n", stream: "account", result: "complete_with_gaps", keys: []string{"1"},
			gaps: map[string]string{"line 3": "inside a value in quotes"}},
		"a number of sorts": {text: "id,updates_pending,screen_lock_seconds\n1,many,N/A\n2,-1,-\n", more: map[string]any{"kind": "device"},
			stream: "device", result: "complete_with_gaps", keys: []string{"1", "2"},
			gaps: map[string]string{`line 2, column "updates_pending"`: "whole number", `line 3, column "updates_pending"`: "at least 0"}},
		"a score that is none": {text: "id,score,status\n1,NaN,complete\n2,Inf,complete\n3,1e999,complete\n4,85 %,complete\n5,101,complete\n",
			more: map[string]any{"kind": "training"}, stream: "training", result: "complete_with_gaps",
			keys: []string{"1", "2", "3", "4", "5"},
			gaps: map[string]string{`line 3, column "score"`: "a number", `line 4, column "score"`: "a number",
				`line 6, column "score"`: "at most 100"}},
		"keys that no host takes": {text: "id,name\n\"a\nb\",x\n" + strings.Repeat("k", 513) + ",y\n2,z\n", stream: "account",
			result: "complete_with_gaps", keys: []string{"2"},
			gaps: map[string]string{"line 2": "control character", "line 4": "513 bytes"}},
		"a header twice": {text: "id,note,note\n1,a,b\n", stream: "account", result: "complete", keys: []string{"1"}},
		"one column, fields": {text: "id,upn\n1,ann@example.com\n", more: map[string]any{"columns": []string{"upn = username", "upn = email"}},
			stream: "account", result: "complete", keys: []string{"1"},
			doc: `{"admin":"unknown","email":"ann@example.com","external_id":"1","mfa":"unknown","status":"unknown","type":"unknown",` +
				`"username":"ann@example.com","vendor":{"id":"1","upn":"ann@example.com"}}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, tt.text), tt.more)).Streams[tt.stream]
			if s.Result != tt.result {
				t.Errorf("result %s (%v), want %s", s.Result, s.Err, tt.result)
			}
			if diff := cmp.Diff(tt.keys, s.Keys); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			if got, want := slices.Sorted(maps.Keys(s.Gaps)), slices.Sorted(maps.Keys(tt.gaps)); !slices.Equal(got, want) {
				t.Errorf("gaps %v, want %v", got, want)
			}
			for scope, part := range tt.gaps {
				if s.Gaps[scope] != nil && !strings.Contains(s.Gaps[scope].Message, part) {
					t.Errorf("%s says %q, want it to say %q", scope, s.Gaps[scope].Message, part)
				}
			}
			if tt.doc != "" {
				if diff := cmp.Diff(tt.doc, string(s.Records[tt.keys[0]])); diff != "" {
					t.Errorf("document (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestNamesTheWrongSetting(t *testing.T) {
	t.Parallel()
	good := "id,name\n1,x\n"
	tests := map[string]struct {
		path    func(t *testing.T) string
		more    map[string]any
		pointer string
		says    string
	}{
		"missing file": {func(t *testing.T) string { return filepath.Join(t.TempDir(), "gone.csv") }, nil, "/path",
			"there is no file"},
		"a directory":      {func(t *testing.T) string { return t.TempDir() }, nil, "/path", "is not a file but a directory"},
		"a named pipe":     {namedPipe, nil, "/path", "is not a file but a named pipe"},
		"a socket":         {socket, nil, "/path", "is not a file but a socket"},
		"a device":         {func(*testing.T) string { return os.DevNull }, nil, "/path", "is not a file but a device"},
		"a link to a pipe": {linkToPipe, nil, "/path", "is not a file but a named pipe"},
		"a relative path":  {func(*testing.T) string { return "list.csv" }, nil, "/path", "not a full path"},
		"an address":       {func(*testing.T) string { return "https://example.com/list.csv" }, nil, "/path", "is an address"},
		"a file's address": {func(*testing.T) string { return "file:///srv/list.csv" }, nil, "/path", "is an address"},
		"an empty file":    {func(t *testing.T) string { return write(t, "") }, nil, "/path", "is empty (0 bytes)"},
		"an empty file without headers": {func(t *testing.T) string { return write(t, "") },
			map[string]any{"header": false, "key": []string{"1"}}, "/path", "is empty (0 bytes)"},
		"empty lines":   {func(t *testing.T) string { return write(t, "\n,,\r\n\n") }, nil, "/path", "is empty"},
		"a binary file": {func(t *testing.T) string { return write(t, "PK\x03\x04\x00\x00") }, nil, "/path", "not a CSV file"},
		"UTF-16":        {func(t *testing.T) string { return write(t, "\xff\xfei\x00d\x00") }, nil, "/path", "UTF-16"},
		"headers twice": {func(t *testing.T) string { return write(t, "id,id\n1,2\n") }, nil, "/key", "two columns"},
		"another separator": {func(t *testing.T) string { return write(t, "id;name\n1;x\n") }, nil, "/delimiter",
			"but one with the name"},
		"unknown key": {func(t *testing.T) string { return write(t, good) }, map[string]any{"key": []string{"number"}}, "/key",
			`no column "number"`},
		"unknown column": {func(t *testing.T) string { return write(t, good) }, map[string]any{"columns": []string{"Mail=email"}},
			"/columns/0", `no column "Mail"`},
		"unknown field": {func(t *testing.T) string { return write(t, good) }, map[string]any{"columns": []string{"name=nick"}},
			"/columns/0", `no field "nick"`},
		"no field": {func(t *testing.T) string { return write(t, good) }, map[string]any{"columns": []string{"name"}},
			"/columns/0", "must match"},
		"unknown kind": {func(t *testing.T) string { return write(t, good) }, map[string]any{"kind": "thing"}, "/kind",
			"one of"},
		"two to one field": {func(t *testing.T) string { return write(t, good) },
			map[string]any{"columns": []string{"name=email", "id=email"}}, "/columns/1", "two columns"},
		"value of no field": {func(t *testing.T) string { return write(t, good) },
			map[string]any{"values": []string{"state: 1 = active"}}, "/values/0", `no field "state"`},
		"value of no word": {func(t *testing.T) string { return write(t, good) },
			map[string]any{"values": []string{"status: 1 = on", "status: 2 = active"}}, "/values/0", "must be one of active"},
		"value twice": {func(t *testing.T) string { return write(t, good) },
			map[string]any{"values": []string{"status: T = active", "status: t = suspended"}}, "/values/1", "two lines"},
		"value of no sort": {func(t *testing.T) string { return write(t, good) },
			map[string]any{"values": []string{"True = active"}}, "/values/0", "must match"},
		"dates of no form": {func(t *testing.T) string { return write(t, good) },
			map[string]any{"date_columns": []string{"name = uk"}}, "/date_columns/0", "must match"},
		"dates, no column": {func(t *testing.T) string { return write(t, good) },
			map[string]any{"date_columns": []string{"seen = us"}}, "/date_columns/0", `no column "seen"`},
		"unknown dates": {func(t *testing.T) string { return write(t, good) }, map[string]any{"dates": "uk"}, "/dates", "be"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := tt.path(t)
			in := settingsOf(path, tt.more)
			s := sdktest.NewBench(t, New()).Sync(t, in).Streams["account"]
			if s.Err == nil || s.Result != "failed" || s.Err.Code != "config.invalid" || s.Err.ConfigPath != tt.pointer ||
				!strings.Contains(s.Err.Message, tt.says) {
				t.Errorf("got %s, %+v; want failed, config.invalid at %s saying %q", s.Result, s.Err, tt.pointer, tt.says)
			}
			if tt.pointer == "/path" && !strings.Contains(s.Err.Message, path) {
				t.Errorf("%q does not name the path", s.Err.Message)
			}
			probes, _ := sdktest.NewBench(t, New()).Check(t, in)
			if !slices.ContainsFunc(probes, func(p sdktest.ProbeResult) bool { return p.State == "failed" && p.Err.ConfigPath == tt.pointer }) {
				t.Errorf("the check says %+v, want a failure at %s", probes, tt.pointer)
			}
		})
	}
}

// TestFileThatMayNotBeRead passes the error instead of creating such a file: tests may run as root, who can
// read every file.
func TestFileThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	e := openError("/srv/list.csv", &fs.PathError{Op: "open", Path: "/srv/list.csv", Err: syscall.EACCES})
	if e.Code != "config.invalid" || e.ConfigPath != "/path" || !strings.Contains(e.Message, "may not read the file /srv/list.csv") {
		t.Errorf("got %+v, want config.invalid at /path", e)
	}
}

func TestReadsManyRows(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("id,name\n")
	for n := range 20_000 {
		fmt.Fprintf(&b, "%d,Person %d\n", n, n)
	}
	s := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, b.String()), nil)).Streams["account"]
	if s.Result != "complete" || len(s.Records) != 20_000 {
		t.Errorf("got %s with %d records, want complete with 20000", s.Result, len(s.Records))
	}
}

func TestOtherStreamsAreSkipped(t *testing.T) {
	t.Parallel()
	out := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, "id\n1\n"), nil))
	skipped := 0
	for _, p := range out.Progress {
		if p.GetState().String() == "STATE_SKIPPED" {
			skipped++
		}
	}
	if skipped != len(out.Streams)-1 || skipped != 16 {
		t.Errorf("%d of %d streams were skipped, want all but one of 17", skipped, len(out.Streams))
	}
}

func TestCheckCountsRows(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, state, says string }{
		"good": {"id,name\n1,x\n2,y\n", "ok", "first 2 rows"},
		"no":   {"id,name\n", "ok", "no rows"},
		"cell": {"id,mfa\n1,yes\n2,odd\n", "failed",
			`all of the first 2 rows can be read, but 1 of their values cannot, the first because of line 3, column "mfa"`},
		"row": {"id,mfa\n1,yes\n2\n", "failed", "of the first 2 rows 1 cannot be read, the first because of line 3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			probes, _ := sdktest.NewBench(t, New()).Check(t, settingsOf(write(t, tt.text), nil))
			last := probes[len(probes)-1]
			if last.ID != "rows" || last.State != tt.state || !strings.Contains(last.Message, tt.says) {
				t.Errorf("got %+v, want %s saying %q", last, tt.state, tt.says)
			}
		})
	}
}

func TestVendorKeepsEveryColumn(t *testing.T) {
	t.Parallel()
	s := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, "id,a b,c\n1,x,\n"), nil)).Streams["account"]
	var doc struct {
		Vendor map[string]string `json:"vendor"`
	}
	if err := json.Unmarshal(s.Records["1"], &doc); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"id": "1", "a b": "x", "c": ""}, doc.Vendor); diff != "" {
		t.Errorf("vendor (-want +got):\n%s", diff)
	}
}

// TestVeryManyColumns checks that the time for a header grows linearly with its columns, and that a message
// does not list all of them.
func TestVeryManyColumns(t *testing.T) {
	t.Parallel()
	s := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, strings.Repeat("column,c", 100_000)+"\n1\n"),
		map[string]any{"key": []string{"none"}})).Streams["account"]
	if s.Err == nil || s.Err.ConfigPath != "/key" || len(s.Err.Message) > 4000 || !strings.Contains(s.Err.Message, "and 99961 more") {
		t.Errorf("got %s: %.200v", s.Result, s.Err)
	}
}
