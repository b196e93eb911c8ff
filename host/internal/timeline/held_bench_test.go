package timeline_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor/library"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// BenchmarkHeldOverNinetyDays asks of every test of the library whether it held over 90 days: 300 people with accounts of three systems,
// devices, trainings, signatures and checks; every list is read each day, and one record of a hundred changes each day.
func BenchmarkHeldOverNinetyDays(b *testing.B) {
	tests, err := library.Tests()
	if err != nil {
		b.Fatal(err)
	}
	p := openPast(b, tests...)
	random := rand.New(rand.NewPCG(1, 1))
	versions := 0
	lists := map[string]kind.Kind{
		"hr": kind.KindPerson, "idp": kind.KindAccount, "code": kind.KindAccount, "cloud": kind.KindAccount, "mdm": kind.KindDevice,
		"learn": kind.KindTraining, "sign": kind.KindSignature, "checks": kind.KindBackgroundCheck,
	}
	for day := range 91 {
		p.at(day, 6)
		for alias, k := range lists {
			docs := map[string]any{}
			for n := range 300 {
				if day == 0 || random.IntN(100) == 0 {
					docs[fmt.Sprint(n)] = documentOf(k, n, random, p.now)
					versions++
				}
			}
			p.read(alias, k, host.StatusSucceeded, docs)
		}
	}
	p.at(90, 12)
	for b.Loop() {
		p.now = p.now.Add(time.Minute) // what was worked out before is not asked again
		all, err := p.timeline.AllHeld(b.Context(), p.now.AddDate(0, 0, -90), p.now)
		if err != nil {
			b.Fatal(err)
		}
		judged := 0
		for i := range all {
			judged += all[i].Judged
		}
		b.ReportMetric(float64(judged), "judged/op")
		b.ReportMetric(float64(len(all)), "tests")
		b.ReportMetric(float64(versions), "versions")
	}
}

// documentOf returns a document of a kind about one of 300 people.
func documentOf(k kind.Kind, n int, random *rand.Rand, now time.Time) map[string]any {
	email := fmt.Sprintf("p%d@acme.example", n)
	often := func(usual, other string) string {
		if random.IntN(20) == 0 {
			return other
		}
		return usual
	}
	lately := now.Add(-time.Duration(random.IntN(60*24)) * time.Hour).Format(time.RFC3339)
	doc := map[string]any{"external_id": fmt.Sprint(n)}
	set := func(words ...any) map[string]any {
		for pair := range slices.Chunk(words, 2) {
			doc[pair[0].(string)] = pair[1]
		}
		return doc
	}
	switch k {
	case kind.KindPerson:
		return set("name", "P", "email", email, "status", often("active", "terminated"), "employment", "employee")
	case kind.KindAccount:
		doc = accountOf(email, often("yes", "no"))
		return set("admin", often("no", "yes"), "last_login_at", lately, "created_at", "2026-01-01T00:00:00Z")
	case kind.KindDevice:
		return set("owner_email", email, "disk_encryption", often("yes", "no"), "last_seen_at", lately)
	case kind.KindTraining:
		return set("person_email", email, "course", "security", "status", often("completed", "assigned"), "completed_at", lately)
	case kind.KindSignature:
		return set("signer_email", email, "document", "policy", "status", often("signed", "pending"), "signed_at", lately)
	}
	return set("person_email", email, "status", "complete", "result", often("clear", "consider"), "completed_at", lately)
}
