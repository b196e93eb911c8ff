package conform

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

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
