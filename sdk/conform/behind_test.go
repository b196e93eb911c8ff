package conform

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// TestTheEndOfAListMovesWithItsRows has a list by offset whose last page is short, so that it ends at 5, and
// one of numbered pages.
func TestTheEndOfAListMovesWithItsRows(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		second     string
		from, left []string
	}{{"2", []string{"0", "2", "4", "5"}, []string{"0", "2", "4"}}, {"2", []string{"1", "2", "3", "4"}, []string{"1", "2", "3", "4"}}} {
		f := &replay.Fixture{}
		for _, at := range test.from {
			f.Exchanges = append(f.Exchanges, replay.Exchange{Method: http.MethodGet, URL: "https://acme.example/list?at=" + at})
		}
		u, err := url.Parse("https://acme.example/list?at=" + test.second)
		if err != nil {
			t.Fatal(err)
		}
		var left []string
		for _, e := range fullPages(f, replay.Request{Method: http.MethodGet, URL: u}).Exchanges {
			left = append(left, e.URL[len(e.URL)-1:])
		}
		if !slices.Equal(left, test.left) {
			t.Errorf("of the pages at %v are left those at %v", test.from, left)
		}
	}
}

// TestAPageBehindMoreRows asks for pages of a list by offset that has one row more than the recording.
func TestAPageBehindMoreRows(t *testing.T) {
	t.Parallel()
	exchange := func(at, rows string) replay.Exchange {
		return replay.Exchange{Method: http.MethodGet, URL: "https://acme.example/list?at=" + at, Status: http.StatusOK, JSON: []byte(rows)}
	}
	k := &kit{Config: Config{Fixture: &replay.Fixture{Exchanges: []replay.Exchange{
		exchange("0", `[{"id":1},{"id":2}]`), exchange("2", `[{"id":3},{"id":4}]`), exchange("4", `[]`),
	}}}}
	for at, want := range map[string]string{"3": `[{"id":3},{"id":4}]`, "5": `[]`, "9": `[]`, "x": ""} {
		u, err := url.Parse("https://acme.example/list?at=" + at)
		if err != nil {
			t.Fatal(err)
		}
		a, known := k.behind(1)(replay.Request{Method: http.MethodGet, URL: u})
		if string(a.Body) != want || known != (want != "") {
			t.Errorf("at %s: %s, %v; want %s", at, a.Body, known, want)
		}
	}
}

// TestOnePathHasSeveralLists has an API with one path for everything: its longest list are the pages that
// differ in one parameter.
func TestOnePathHasSeveralLists(t *testing.T) {
	t.Parallel()
	o := &outcome{}
	for _, query := range []string{"meta=tokens", "list=people&limit=2", "list=people&limit=2&from=c", "gen=pages&limit=2", "list=people&limit=2&from=e"} {
		u, err := url.Parse("https://wiki.example/api.php?" + query)
		if err != nil {
			t.Fatal(err)
		}
		o.visits = append(o.visits, replay.Visit{Request: replay.Request{Method: http.MethodGet, URL: u}})
	}
	const api = "GET https://wiki.example/api.php?"
	want := []string{api + "limit=2&list=people", api + "from=c&limit=2&list=people", api + "from=e&limit=2&list=people"}
	if got := o.paged(); !slices.Equal(got, want) {
		t.Errorf("the pages are %v", got)
	}
}
