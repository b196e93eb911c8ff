// Package upstream is the made-up system that the connector of the fault matrix reads:
// a model with its whole history, the server that shows it, and the director, which
// hears of every moment that agent and connector reach.
package upstream

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

// Listing is one reading of a collection as it was at a moment.
type Listing struct {
	id         int
	Collection string
	Version    int
	Seed       uint64
}

// ending is a connector's word that it has read a collection to its end.
type ending struct {
	run        int // counts the runs of the case
	collection string
	listing    int
	Resumed    bool
}

// Upstream serves the model, and remembers who read what.
type Upstream struct {
	model    *Model
	director *Director
	Server   *httptest.Server
	Cut      atomic.Bool // the network is gone
	Refuse   atomic.Int64
	Restless atomic.Bool  // things happen upstream while it is read
	Forgot   atomic.Int64 // requests to forget in this run
	Overtake atomic.Bool  // the next page of the feed that ends in a tick which is not over is overtaken

	Token atomic.Pointer[string] // that a connector sent last

	Run      atomic.Int64
	listings []Listing // under model.mu, and so are these
	endings  []ending
	refused  map[int]bool // runs in which a part of the users was refused
}

// New serves a model on this machine.
func New(m *Model, d *Director) *Upstream {
	u := &Upstream{model: m, director: d, refused: map[int]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /at", u.at)
	mux.HandleFunc("GET /listing", u.vendor(u.list))
	mux.HandleFunc("GET /page", u.vendor(u.page))
	mux.HandleFunc("GET /changed", u.vendor(u.changed))
	mux.HandleFunc("POST /forget", u.vendor(u.forget))
	u.Server = httptest.NewServer(mux)
	return u
}

// vendor wraps every path but the director's: it can be cut off or refuse.
func (u *Upstream) vendor(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if u.Cut.Load() {
			panic(http.ErrAbortHandler) // drops the connection
		}
		if token := r.Header.Get("X-Token"); token != "" {
			u.Token.Store(&token)
		}
		if status := u.Refuse.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		u.model.mu.Lock()
		stir := u.Restless.Load() && u.model.rng.IntN(3) == 0
		u.model.mu.Unlock()
		if stir {
			u.model.Step()
		}
		handle(w, r)
	}
}

// at is the connector at a moment; it goes on when it is answered.
func (u *Upstream) at(w http.ResponseWriter, r *http.Request) {
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
			run: int(u.Run.Load()), collection: collection, listing: number(r, "listing"), Resumed: r.URL.Query().Get("resumed") == "true",
		})
		u.model.mu.Unlock()
	}
	// The connector waits for this, or is gone.
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

func (u *Upstream) list(w http.ResponseWriter, r *http.Request) {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	l := Listing{id: len(u.listings) + 1, Collection: r.URL.Query().Get("collection"), Version: u.model.now, Seed: u.model.rng.Uint64()}
	u.listings = append(u.listings, l)
	answer(w, map[string]int{"id": l.id})
}

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

func (u *Upstream) page(w http.ResponseWriter, r *http.Request) {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	section := r.URL.Query().Get("section")
	if u.model.forbidden[section] {
		u.refused[int(u.Run.Load())] = true
		w.WriteHeader(http.StatusForbidden)
		return
	}
	l := u.listings[number(r, "listing")-1]
	items, last := u.model.Page(l, section, number(r, "page"))
	p := page{Last: last, Items: []entry{}}
	for _, i := range items {
		v, _ := i.asOf(l.Version)
		p.Items = append(p.Items, entry{Key: i.Key, Doc: v.doc})
	}
	answer(w, p)
}

// PageMost is how many items a page of the feed has at most.
const PageMost = 6

// changed serves what changed in a tick or later, as it is now. What was
// forgotten is not served; what changed again since is.
func (u *Upstream) changed(w http.ResponseWriter, r *http.Request) {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	since, after := number(r, "since"), r.URL.Query().Get("after")
	var all []*Item
	for _, i := range u.model.order {
		fresh := i.tick > since || i.tick == since && i.Key > after
		if i.collection == Findings && fresh && i.forgotten < len(i.versions) {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b *Item) int {
		if a.tick != b.tick {
			return a.tick - b.tick
		}
		return strings.Compare(a.Key, b.Key)
	})
	size := min(1+u.model.rng.IntN(PageMost), len(all))
	p := page{Last: size == len(all), Items: []entry{}, Clock: u.model.tick}
	for _, i := range all[:size] {
		v := i.latest()
		p.Items = append(p.Items, entry{Key: i.Key, Tick: i.tick, Doc: v.doc, Removed: v.Gone, Receipt: len(i.versions)})
	}
	if !p.Last && all[size-1].tick == u.model.tick && u.Overtake.CompareAndSwap(true, false) {
		u.model.overtake(all[size-1])
	}
	answer(w, p)
}

// forget drops for good what the connector was served, when the upstream is one
// of those that do.
func (u *Upstream) forget(w http.ResponseWriter, r *http.Request) {
	var entries []entry
	if err := json.NewDecoder(r.Body).Decode(&entries); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	defer u.Forgot.Add(1)
	for _, e := range entries {
		if i := u.model.items[ID(Findings, e.Key)]; i != nil && u.model.prune {
			i.forgotten = max(i.forgotten, e.Receipt)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// Read returns the ending of a collection in a run, and its listing.
func (u *Upstream) Read(run int, collection string) (ending, Listing, bool) {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	for _, e := range slices.Backward(u.endings) {
		if e.run == run && e.collection == collection {
			if e.listing == 0 {
				return e, Listing{}, true
			}
			return e, u.listings[e.listing-1], true
		}
	}
	return ending{}, Listing{}, false
}

// WasRefused reports whether a part of the users was refused in a run.
func (u *Upstream) WasRefused(run int) bool {
	u.model.mu.Lock()
	defer u.model.mu.Unlock()
	return u.refused[run]
}
