package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
)

// tape answers with what a vendor once answered. Every exchange is one of a file in the format of
// go-vcr, version 2.
type tape struct {
	exchanges []*exchange
	choosing  []string // parameters that choose members of the items; they are not compared
	also      func(t *tape, r *http.Request) any
	absent    []string // paths of requests that the recording does not have

	mu      sync.Mutex
	strange []string // requests that the tape does not know
}

type exchange struct {
	Request struct {
		Method, URL, Body string
	}
	Response struct {
		Code    int
		Body    string
		Headers http.Header
	}

	url   *url.URL
	asked bool
}

func tapeOf(path string) (*tape, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var recorded struct {
		Version      int
		Interactions []*exchange
	}
	if err := yaml.Unmarshal(raw, &recorded); err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	if recorded.Version != 2 || len(recorded.Interactions) == 0 {
		return nil, fmt.Errorf("%s is not a recording of version 2", path)
	}
	for _, e := range recorded.Interactions {
		if e.url, err = url.Parse(e.Request.URL); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return &tape{exchanges: recorded.Interactions}, nil
}

// again returns the tape as it was before the first request.
func (t *tape) again() *tape {
	fresh := &tape{choosing: t.choosing, also: t.also, absent: t.absent}
	for _, e := range t.exchanges {
		same := *e
		same.asked = false
		fresh.exchanges = append(fresh.exchanges, &same)
	}
	return fresh
}

func (t *tape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.exchanges {
		if !t.matches(e, r, body) {
			continue
		}
		e.asked = true
		for name, values := range e.Response.Headers {
			if !slices.Contains([]string{"Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Date"}, name) {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(e.Response.Code)
		_, _ = io.WriteString(w, e.Response.Body)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if t.also != nil {
		if answer := t.also(t, r); answer != nil {
			_ = json.NewEncoder(w).Encode(answer)
			return
		}
	}
	if !slices.Contains(t.absent, r.URL.Path) {
		t.strange = append(t.strange, fmt.Sprintf("%s %s%s %s", r.Method, r.Host, r.URL.RequestURI(), body))
	}
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"message": "not recorded"}`)
}

// matches compares the method, the host, the path, the parameters and the body. Of a request in
// GraphQL it compares the variables, because its text chooses the members of the answer.
func (t *tape) matches(e *exchange, r *http.Request, body []byte) bool {
	if e.Request.Method != r.Method || e.url.Host != r.Host || e.url.EscapedPath() != r.URL.EscapedPath() {
		return false
	}
	recorded, sent := e.url.Query(), r.URL.Query()
	for _, name := range t.choosing {
		recorded.Del(name)
		sent.Del(name)
	}
	if recorded.Encode() != sent.Encode() {
		return false
	}
	return e.Request.Body == string(body) || counting(e.Request.Body) != "" && counting(e.Request.Body) == counting(string(body))
}

// counting returns what counts of a body in JSON, or "" for another one.
func counting(body string) string {
	var members map[string]any
	if json.Unmarshal([]byte(body), &members) != nil {
		return ""
	}
	if _, graphql := members["query"].(string); graphql {
		members = map[string]any{"variables": members["variables"]}
	}
	encoded, _ := json.Marshal(members) //nolint:errchkjson // it was decoded from JSON
	return string(encoded)
}

// complaints names the requests that were not recorded, and the exchanges that nobody asked for
// although their path is not among the spare ones.
func (t *tape) complaints(spare []string) (all []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, request := range t.strange {
		all = append(all, "a request that was not recorded: "+request)
	}
	for _, e := range t.exchanges {
		if !e.asked && !slices.Contains(spare, e.url.Path) {
			all = append(all, "a recorded request that was not sent: "+e.Request.Method+" "+e.Request.URL)
		}
	}
	return all
}

// items returns the items of a list, from every recorded answer with this path. The list is in the
// member that inside names, or the answer itself.
func (t *tape) items(path, inside string) (all []item, err error) {
	for _, e := range t.exchanges {
		if e.url.Path != path {
			continue
		}
		decoder := json.NewDecoder(bytes.NewBufferString(e.Response.Body))
		decoder.UseNumber()
		var answer any
		if err := decoder.Decode(&answer); err != nil {
			return nil, fmt.Errorf("decode %s: %w", path, err)
		}
		list, fits := at(answer, inside).([]any)
		if !fits {
			return nil, fmt.Errorf("the answer of %s has no list in %q", path, inside)
		}
		for _, one := range list {
			all = append(all, item{one})
		}
	}
	if all == nil {
		return nil, errors.New("nothing was recorded of " + path)
	}
	return all, nil
}

// item is one item of a recorded list.
type item struct{ value any }

// at returns the member of value that the path with dots leads to, or nil.
func at(value any, path string) any {
	for _, name := range strings.FieldsFunc(path, func(c rune) bool { return c == '.' }) {
		members, _ := value.(map[string]any)
		value = members[name]
	}
	return value
}

// text returns a member as text, "" when it has none.
func (i item) text(path string) string {
	if value := at(i.value, path); value != nil {
		return fmt.Sprint(value)
	}
	return ""
}

// is reports whether a member is true.
func (i item) is(path string) bool { return at(i.value, path) == true }

// names returns this member of each item of a list in the item, sorted.
func (i item) names(list, member string) []string {
	all := []string{}
	items, _ := at(i.value, list).([]any)
	for _, one := range items {
		all = append(all, item{one}.text(member))
	}
	slices.Sort(all)
	return all
}

// known returns a member as text, or nil when it has none.
func (i item) known(path string) any {
	if text := i.text(path); text != "" {
		return text
	}
	return nil
}

// milliseconds returns a member with milliseconds since 1970 as a moment.
func (i item) milliseconds(path string) any {
	since, err := strconv.ParseInt(i.text(path), 10, 64)
	if err != nil {
		return nil
	}
	return time.UnixMilli(since).UTC().Format(time.RFC3339Nano)
}

// day returns the date of a moment.
func day(moment any) any {
	text, _ := moment.(string)
	if len(text) < len(time.DateOnly) {
		return nil
	}
	return text[:len(time.DateOnly)]
}

// yes returns the word for a fact that is true or not.
func yes(fact bool) string { return choose(fact, "yes", "no") }

// answered returns the word for a member that the vendor may leave out.
func (i item) answered(path string) any {
	if fact, said := at(i.value, path).(bool); said {
		return yes(fact)
	}
	return nil
}

func choose[T any](fact bool, one, other T) T {
	if fact {
		return one
	}
	return other
}

// list returns the items of a list, none when it was not recorded.
func (t *tape) list(path, inside string) []item {
	all, _ := t.items(path, inside)
	return all
}

// has reports whether an item of a list has this text in a member.
func (t *tape) has(path, inside, member, text string) bool {
	return slices.ContainsFunc(t.list(path, inside), func(i item) bool { return i.text(member) == text })
}
