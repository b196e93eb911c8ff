package view_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/view"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// people is a journal with one stream of accounts that differ in what lists ask for.
type people struct {
	*model
	host.StreamMark
	docs [][]byte
}

func newPeople(b *testing.B, n int) *people {
	b.Helper()
	docs := make([][]byte, 1<<12)
	for i := range docs {
		a := kind.Account{
			Name: fmt.Sprintf("Given%d Family%d", i%61, i%97), Email: fmt.Sprintf("given%d.family%d@example.com", i%61, i),
			ExternalID: fmt.Sprintf("external-%d", i), Username: fmt.Sprintf("given%d.%d", i%61, i),
			Status: []kind.Word{"active", "active", "active", "suspended"}[i%4], Type: "human", MFA: kind.Tri(i % 3), Admin: kind.TriOf(i%50 == 0),
			Department: fmt.Sprintf("Department %d", i%9), Roles: []string{fmt.Sprintf("Role %d", i%7)}, Groups: []string{},
			LastLoginAt: kind.At(time.Date(2026, 1, 1+i%300, 0, 0, 0, 0, time.UTC)), CreatedAt: kind.At(time.Unix(1.5e9+int64(i)*7919, 0)),
			Vendor: json.RawMessage(`{"id":1,"note":"vendor vendor vendor vendor vendor vendor"}`),
		}
		raw, err := json.Marshal(a)
		if err == nil {
			docs[i], err = kind.Canonical(raw)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	return &people{model: newModel(1, 0), docs: docs, StreamMark: host.StreamMark{
		Connection: "c", Name: "users", Kind: "account", Number: 1, Records: n, LastAt: time.Unix(1_800_000_000, 0),
	}}
}

func (p *people) EachVersion(_ context.Context, _, _ string, fn func(host.Version) error) (host.StreamMark, error) {
	for i := range p.Records {
		v := host.Version{
			Key: fmt.Sprintf("users-%08d", i), At: p.LastAt.Add(-time.Duration(i/500) * time.Millisecond), Doc: p.docs[(i*2654435761)%len(p.docs)],
		}
		if err := fn(v); err != nil {
			return host.StreamMark{}, err
		}
	}
	return p.StreamMark, nil
}

func BenchmarkList(b *testing.B) {
	const n = 500_000
	stream := newPeople(b, n)
	v := view.OpenOn(stream, view.Config{Dir: filepath.Join(b.TempDir(), "lists"), Key: make([]byte, 32)})
	defer v.Close()
	began := time.Now()
	if err := v.Refresh(b.Context(), stream.StreamMark, 0); err != nil {
		b.Fatal(err)
	}
	b.Logf("built %.0f rows/s, %.0f bytes/row", n/time.Since(began).Seconds(), float64(v.Size())/n)
	queries := map[string]view.Query{
		"jump":   {Sort: "name", Offset: 100_000},
		"far":    {Sort: "name", Offset: n - 1000},
		"words":  {Where: []string{"status:active", "mfa:no"}, Sort: "-last_login_at"},
		"name":   {Sort: "name"},
		"search": {Text: "family4095", Sort: "-email"},
		"common": {Text: "family12", Sort: "-email"},
		"time":   {Where: []string{"last_login_at<60d", "admin:yes"}, Sort: "last_login_at"},
	}
	for name, q := range queries {
		b.Run(name, func(b *testing.B) {
			q.Limit, q.Now = 200, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
			for b.Loop() {
				if _, err := v.List(b.Context(), []host.StreamMark{stream.StreamMark}, q); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(n/1e6/(b.Elapsed().Seconds()/float64(b.N)), "Mrows/s")
		})
	}
}
