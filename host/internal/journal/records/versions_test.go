package records_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

var listed = host.StreamInfo{Name: "users", Kind: "account", Deletes: "snapshot"}

// versions returns what EachVersion, or EachVersionSince a moment, says.
func versions(b *Bundle, since *time.Time, atMost int) (lines []string, mark host.StreamMark, err error) {
	take := func(v host.Version) error {
		lines = append(lines, fmt.Sprintf("%s@%d %v %s", v.Key, v.At.UnixNano(), v.Removed, v.Doc))
		if len(lines) == atMost {
			return journal.ErrEnough
		}
		return nil
	}
	if since == nil {
		mark, err = b.EachVersion(b.T.Context(), b.Conn.ID, listed.Name, take)
	} else {
		mark, err = b.EachVersionSince(b.T.Context(), b.Conn.ID, listed.Name, *since, take)
	}
	return lines, mark, err
}

func TestVersions(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(listed, host.OutcomeComplete, Docs(0, 30, "1", 0)...)
	_, first, err := versions(b, nil, 0)
	Must(t, err)
	other := listed
	other.Name = "others"
	b.Sync(other, host.OutcomeComplete, Docs(0, 5, "1", 0)...)
	b.Sync(listed, host.OutcomeComplete, append(Docs(1, 30, "1", 0), Record("user-00005", "2"))...)

	all, last, err := versions(b, nil, 0)
	Must(t, err)
	if last.Records != 30 || last.Kind != "account" || !last.LastAt.After(first.LastAt) || len(all) != 33 {
		t.Errorf("%d versions, mark %+v after %+v", len(all), last, first)
	}
	keys := make([]string, 0, len(all))
	for _, line := range all {
		keys = append(keys, strings.SplitN(line, "@", 2)[0])
	}
	if !slices.IsSorted(keys) || !strings.Contains(all[0], "true") || !strings.Contains(all[1], "false") {
		t.Errorf("not by key and newest first: %q", all[:2])
	}
	since, mark, err := versions(b, &first.LastAt, 0)
	Must(t, err)
	if diff := cmp.Diff(last, mark); diff != "" {
		t.Error(diff)
	}
	var want []string
	for _, line := range all {
		if nanos := strings.Fields(strings.SplitN(line, "@", 2)[1])[0]; nanos > fmt.Sprint(first.LastAt.UnixNano()) {
			want = append(want, line)
		}
	}
	slices.Sort(since)
	slices.Sort(want)
	if diff := cmp.Diff(want, since); diff != "" || len(since) != 3 {
		t.Errorf("since the first run (-want +got):\n%s", diff)
	}
	if none, _, err := versions(b, &last.LastAt, 0); err != nil || len(none) != 0 {
		t.Errorf("since the end: %q, %v", none, err)
	}
}

// TestVersionsEnough makes sure that a walk ends with the commit it is in.
func TestVersionsEnough(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(listed, host.OutcomeComplete, Docs(0, 3, "1", 0)...)
	_, first, err := versions(b, nil, 0)
	Must(t, err)
	b.Sync(listed, host.OutcomeComplete, Docs(0, 10, "2", 1)...)
	b.Sync(listed, host.OutcomeComplete, Docs(0, 10, "3", 1)...)
	got, _, err := versions(b, &first.LastAt, 2)
	Must(t, err)
	if len(got) != 10 || !strings.Contains(got[9], "2") {
		t.Errorf("it ended after %d versions, want the 10 of the next commit", len(got))
	}
}

func TestVersionsOfAnotherHistory(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(listed, host.OutcomeComplete, Docs(0, 3, "1", 0)...)
	_, mark, err := versions(b, nil, 0)
	Must(t, err)
	for name, at := range map[string]time.Time{"before": mark.LastAt.Add(-1), "after": mark.LastAt.Add(1), "long before": {}} {
		if _, _, err := versions(b, &at, 0); !errors.Is(err, journal.ErrNotInHistory) {
			t.Errorf("%s: %v, want ErrNotInHistory", name, err)
		}
	}
	missing := []host.VersionRef{{Stream: mark, Key: "user-00001", At: mark.LastAt.Add(1)}}
	if _, err := b.RecordsAt(t.Context(), missing); !errors.Is(err, journal.ErrNotInHistory) {
		t.Errorf("a version that is not there: %v", err)
	}
	records, err := b.RecordsAt(t.Context(), []host.VersionRef{{Stream: mark, Key: "user-00001", At: mark.LastAt}})
	Must(t, err)
	want := b.Page(journal.RecordQuery{Connection: b.Conn.ID, Stream: listed.Name})[1:2]
	want[0].Connection = b.Conn.ID
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if marks, err := b.StreamMarks(); err != nil || !slices.Contains(marks, mark) {
		t.Errorf("marks %v, %v without %v", marks, err, mark)
	}
}
