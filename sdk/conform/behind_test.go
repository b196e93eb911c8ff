package conform

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
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

// TestOnePathHasSeveralLists has APIs with several lists at one path: the pages differ in one parameter.
func TestOnePathHasSeveralLists(t *testing.T) {
	t.Parallel()
	const api = "GET https://wiki.example/api?"
	for _, test := range []struct{ asked, want []string }{
		{[]string{"meta=tokens", "limit=2&list=people", "from=c&limit=2&list=people", "gen=pages&limit=2", "from=e&limit=2&list=people"},
			[]string{"limit=2&list=people", "from=c&limit=2&list=people", "from=e&limit=2&list=people"}},
		{[]string{"first=0", "first=2", "first=4", "first=0&name=a", "first=2&name=a"}, []string{"first=0", "first=2", "first=4"}},
		{[]string{"q=SELECT+a", "q=SELECT+b"}, nil},
		{[]string{"at=1&page=1", "at=2&page=2"}, []string{"at=1&page=1", "at=2&page=2"}},
		{[]string{"of=7001", "of=7002", "of=7003", "list=a", "list=a&offset=x"}, []string{"list=a", "list=a&offset=x"}},
	} {
		o := &outcome{}
		for _, query := range test.asked {
			u, err := url.Parse("https://wiki.example/api?" + query)
			if err != nil {
				t.Fatal(err)
			}
			o.visits = append(o.visits, replay.Visit{Request: replay.Request{Method: http.MethodGet, URL: u}})
		}
		var got []string
		for _, name := range o.paged().names {
			got = append(got, strings.TrimPrefix(name, api))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("of %v the pages are %v", test.asked, got)
		}
	}
}

// TestOneAddressForEveryQuestion has an API that tells its methods apart by the body.
func TestOneAddressForEveryQuestion(t *testing.T) {
	t.Parallel()
	u, err := url.Parse("https://acme.example/rpc")
	if err != nil {
		t.Fatal(err)
	}
	visit := func(method, body string) replay.Visit {
		return replay.Visit{Request: replay.Request{Method: method, URL: u, Body: []byte(body)}}
	}
	if !oneAddress([]replay.Visit{visit(http.MethodHead, ""), visit(http.MethodPost, "a"), visit(http.MethodPost, "b")}) {
		t.Error("two questions to one address are not told")
	}
	one := visit(http.MethodPost, "a")
	if oneAddress([]replay.Visit{one, visit(http.MethodGet, "")}) || oneAddress([]replay.Visit{one}) {
		t.Error("it has two addresses, or one question")
	}
}
