package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// listing is one reading of a collection as it was at a moment.
type listing struct {
	id         int
	collection string
	version    int
	seed       uint64
}

// ending is a connector's word that it has read a collection to its end.
type ending struct {
	run        int // counts the runs of the case
	collection string
	listing    int
	resumed    bool
}

// upstream serves the model, and remembers who read what.
type upstream struct {
	model    *model
	director *director
	server   *httptest.Server
	cut      atomic.Bool // the network is gone
	refuse   atomic.Int64
	restless atomic.Bool  // things happen upstream while it is read
	forgot   atomic.Int64 // times it was told to forget in this run
	overtake atomic.Bool  // the next page of the feed that ends in a tick which is not over is overtaken

	token atomic.Pointer[string] // that a connector sent last

	run      atomic.Int64
	listings []listing // under model.mu, and so are these
	endings  []ending
	refused  map[int]bool // runs in which a part of the users was refused
}

func newUpstream(m *model, d *director) *upstream {
	u := &upstream{model: m, director: d, refused: map[int]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /at", u.at)
	mux.HandleFunc("GET /listing", u.vendor(u.list))
	mux.HandleFunc("GET /page", u.vendor(u.page))
	mux.HandleFunc("GET /changed", u.vendor(u.changed))
	mux.HandleFunc("POST /forget", u.vendor(u.forget))
	u.server = httptest.NewServer(mux)
	return u
}

// vendor is every path but the director's: it can be cut off or refuse.
func (u *upstream) vendor(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if u.cut.Load() {
			panic(http.ErrAbortHandler) // drops the connection
		}
		if token := r.Header.Get("X-Token"); token != "" {
			u.token.Store(&token)
		}
		if status := u.refuse.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		u.model.mu.Lock()
		stir := u.restless.Load() && u.model.rng.IntN(3) == 0
		u.model.mu.Unlock()
		if stir {
			u.model.step()
		}
		handle(w, r)
	}
}

// at is the connector at a moment; it goes on when it is answered.
func (u *upstream) at(w http.ResponseWriter, r *http.Request) {
	moment := r.URL.Query().Get("moment")
	// The server notices that its client is gone once the request has been read.
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	order := u.director.reach(r.Context(), "connector."+moment, r.URL.Query())
	if r.Context().Err() != nil {
		return
	}
	if collection := r.URL.Query().Get("done"); collection != "" && order == "" {
		u.model.mu.Lock()
		u.endings = append(u.endings, ending{
			run: int(u.run.Load()), collection: collection, listing: number(r, "listing"), resumed: r.URL.Query().Get("resumed") == "true",
		})
		u.model.mu.Unlock()
	}
	// The connector is gone or waits; there is nobody else to tell.
	_, _ = w.Write([]byte(order))
}

func number(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil {
		return 0
	}
	return n
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	// As above.
	_ = json.NewEncoder(w).Encode(value)
}

func (u *upstream) list(w http.ResponseWriter, r *http.Request) {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	l := listing{id: len(u.listings) + 1, collection: r.URL.Query().Get("collection"), version: u.model.now, seed: u.model.rng.Uint64()}
	u.listings = append(u.listings, l)
	answer(w, map[string]int{"id": l.id})
}

// entry is an item as it is served.
type entry struct {
	Key     string          `json:"key"`
	Tick    int             `json:"tick"`
	Doc     json.RawMessage `json:"doc,omitempty"`
	Removed bool            `json:"removed,omitempty"`
	Receipt int             `json:"receipt"` // stands for this version
}

type page struct {
	Items []entry `json:"items"`
	Last  bool    `json:"last"`
	Clock int     `json:"clock,omitempty"` // of a page of the feed
}

func (u *upstream) page(w http.ResponseWriter, r *http.Request) {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	section := r.URL.Query().Get("section")
	if u.model.forbidden[section] {
		u.refused[int(u.run.Load())] = true
		w.WriteHeader(http.StatusForbidden)
		return
	}
	l := u.listings[number(r, "listing")-1]
	items, last := u.model.page(l, section, number(r, "page"))
	p := page{Last: last, Items: []entry{}}
	for _, i := range items {
		v, _ := i.asOf(l.version)
		p.Items = append(p.Items, entry{Key: i.key, Doc: v.doc})
	}
	answer(w, p)
}

// pageMost is how many items a page of the feed has at most.
const pageMost = 6

// changed serves what changed in a tick or later, as it is now. What was
// forgotten is not served; what changed again since is.
func (u *upstream) changed(w http.ResponseWriter, r *http.Request) {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	since, after := number(r, "since"), r.URL.Query().Get("after")
	var all []*item
	for _, i := range u.model.order {
		fresh := i.tick > since || i.tick == since && i.key > after
		if i.collection == findings && fresh && i.forgotten < len(i.versions) {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b *item) int {
		if a.tick != b.tick {
			return a.tick - b.tick
		}
		return strings.Compare(a.key, b.key)
	})
	size := min(1+u.model.rng.IntN(pageMost), len(all))
	p := page{Last: size == len(all), Items: []entry{}, Clock: u.model.tick}
	for _, i := range all[:size] {
		v := i.latest()
		p.Items = append(p.Items, entry{Key: i.key, Tick: i.tick, Doc: v.doc, Removed: v.gone, Receipt: len(i.versions)})
	}
	if !p.Last && all[size-1].tick == u.model.tick && u.overtake.CompareAndSwap(true, false) {
		u.model.overtake(all[size-1])
	}
	answer(w, p)
}

// forget drops for good what the connector was served, when the upstream is one
// of those that do.
func (u *upstream) forget(w http.ResponseWriter, r *http.Request) {
	var entries []entry
	if err := json.NewDecoder(r.Body).Decode(&entries); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	defer u.forgot.Add(1)
	for _, e := range entries {
		if i := u.model.items[id(findings, e.Key)]; i != nil && u.model.prune {
			i.forgotten = max(i.forgotten, e.Receipt)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// read returns the ending of a collection in a run, and its listing.
func (u *upstream) read(run int, collection string) (ending, listing, bool) {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	for _, e := range slices.Backward(u.endings) {
		if e.run == run && e.collection == collection {
			if e.listing == 0 {
				return e, listing{}, true
			}
			return e, u.listings[e.listing-1], true
		}
	}
	return ending{}, listing{}, false
}

func (u *upstream) wasRefused(run int) bool {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	return u.refused[run]
}
