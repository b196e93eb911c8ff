package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

func open(t *testing.T, people int) *town {
	t.Helper()
	town, err := newTown(t.TempDir(), people)
	if err != nil {
		t.Fatal(err)
	}
	return town
}

// ask requests the members of Slack.
func ask(t *testing.T, in *town) replay.Answer {
	t.Helper()
	var shop *shop
	for _, one := range in.shops {
		if one.connector == "slack" {
			shop = one
		}
	}
	address, err := url.Parse("https://slack.com/api/users.list?limit=200")
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Authorization": {"Bearer " + shop.simulator.secrets["token"]}}
	answer, err := in.Answer(t.Context(), replay.Request{Method: http.MethodGet, URL: address, Header: header})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestRepeatedRunsGiveTheSameCompany(t *testing.T) {
	t.Parallel()
	one, other := open(t, 60), open(t, 60)
	for _, day := range []int{0, 30, days} {
		for _, town := range []*town{one, other} {
			if err := town.move(day); err != nil {
				t.Fatal(err)
			}
		}
		first, second := ask(t, one), ask(t, other)
		if first.Status != http.StatusOK || !bytes.Equal(first.Body, second.Body) {
			t.Errorf("day %d: answers %d and %d differ", day, first.Status, second.Status)
		}
		rows := read(t, one)
		if !slices.Equal(rows, read(t, other)) {
			t.Errorf("day %d: the files of the contractors differ", day)
		}
	}
}

// read returns the lines of the contractors' file.
func read(t *testing.T, in *town) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(in.dir, "contractors.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(raw), "\n")
}

func TestOtherHostsAreNotAnswered(t *testing.T) {
	t.Parallel()
	address := &url.URL{Scheme: "https", Host: "example.com", Path: "/"}
	answer, err := open(t, 60).Answer(t.Context(), replay.Request{Method: http.MethodGet, URL: address})
	if err != nil || answer.Status != http.StatusNotFound {
		t.Errorf("got %d, %v, want 404", answer.Status, err)
	}
}

func TestProgramSpeaks(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(strings.NewReader("{\"day\": 7}\n"), &out, t.TempDir(), 60); err != nil {
		t.Fatal(err)
	}
	lines := json.NewDecoder(&out)
	var first hello
	var second struct{ Day int }
	for _, into := range []any{&first, &second} {
		if err := lines.Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	if len(first.Connections) != 14 || first.Days != days || second.Day != 7 {
		t.Errorf("got %d connections, %d days and day %d, want 14, %d and 7", len(first.Connections), first.Days, second.Day, days)
	}
	if err := run(strings.NewReader("seven\n"), &out, t.TempDir(), 60); err == nil || !strings.Contains(err.Error(), "read day") {
		t.Errorf("a line that is no day: got %v", err)
	}
}
