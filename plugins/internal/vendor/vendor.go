package vendor

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// Mode says how a vendor differs from the one that its file describes.
type Mode struct {
	Moving  bool      // lists of numbered pages change their order while they are read
	Small   bool      // at most 300 items in a list, 5 for each item of another list, and 280 people in the company
	Few     Few       // overrides Small
	Without string    // a permission that was not granted
	Refuse  bool      // no credential is accepted
	Day     time.Time // on which the company is seen; zero is its last day

	Company *company.Company // whose vendor it is, with all its rows; nil is the one that the file describes
}

// Vendor answers as a file says. It is safe for concurrent use.
type Vendor struct {
	file *File
	mode Mode
	held population

	mu      sync.Mutex
	asked   int
	turns   map[string]*turn // of the lists that move
	unknown []string
	wrong   []string
}

// New returns a vendor.
func (f *File) New(m Mode) *Vendor {
	return &Vendor{file: f, mode: m, turns: map[string]*turn{}, held: population{
		small: m.Small, few: m.Few, day: f.day(m), whole: m.Company != nil,
		given: scope{"settings": f.settings, "missing": m.Without},
		lists: map[*list]rows{}, nested: map[*list]map[*row]rows{}, indices: map[string]map[string]rows{}, chosen: map[string]rows{},
		linked: map[*list]map[any][]map[string]any{},
	}}
}

// day returns the company of a vendor on its day, nil without one. All vendors of a file have the same.
func (f *File) day(m Mode) *company.Day {
	if f.company == nil {
		return nil
	}
	if m.Company != nil {
		return m.Company.At(m.Day)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	size := *f.company
	if m.Small || m.Few.Items > 0 {
		size = size.AtMost(smallCompany)
	}
	if f.companies[size] == nil {
		f.companies[size] = company.New(size)
	}
	return f.companies[size].At(m.Day)
}

// Requests returns the number of requests so far.
func (v *Vendor) Requests() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked
}

// Problems returns the requests that the file does not have, and the expressions of the file that
// failed.
func (v *Vendor) Problems() (all []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, request := range v.unknown {
		all = append(all, "simulator.yaml has no request for "+request)
	}
	return append(all, v.wrong...)
}

// ServeHTTP implements http.Handler.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.asked++
	v.mu.Unlock()
	q, err := v.question(r)
	if err == nil {
		err = v.answer(w, r, q)
	}
	if err != nil {
		v.note(&v.wrong, fmt.Sprintf("simulator.yaml: %s %s: %v", r.Method, r.URL.Path, err))
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// note keeps the first problems of a kind.
func (v *Vendor) note(in *[]string, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(*in) < 10 && !slices.Contains(*in, text) {
		*in = append(*in, text)
	}
}

// question returns the variables of a request.
func (v *Vendor) question(r *http.Request) (scope, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	q := scope{
		"settings": v.file.settings, "secrets": v.file.secrets, "missing": v.mode.Without, "method": r.Method, "host": r.Host,
		"path": r.URL.Path, "query": valuesOf(r.URL.Query()), "params": map[string]any{}, "body": map[string]any{},
	}
	headers, cookies := map[string]any{}, map[string]any{}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	for _, c := range r.Cookies() {
		cookies[c.Name] = c.Value
	}
	q["headers"], q["cookies"] = headers, cookies
	switch kind := r.Header.Get("Content-Type"); {
	case len(raw) == 0:
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return nil, fmt.Errorf("read form: %w", err)
		}
		q["body"] = valuesOf(form)
	case strings.Contains(kind, "json"):
		var body any
		if err := json.Unmarshal(raw, &body); err != nil {
			return nil, fmt.Errorf("read body: %w", err)
		}
		q["body"] = body
	default:
		q["body"] = string(raw)
	}
	return q, nil
}

// valuesOf returns parameters for expressions: a text, or a list where one comes more than once.
func valuesOf(from url.Values) map[string]any {
	all := map[string]any{}
	for name, values := range from {
		if len(values) == 1 {
			all[name] = values[0]
			continue
		}
		list := make([]any, len(values))
		for i, value := range values {
			list[i] = value
		}
		all[name] = list
	}
	return all
}

// answer answers a request.
func (v *Vendor) answer(w http.ResponseWriter, r *http.Request, q scope) error {
	found, err := v.match(r, q)
	if err != nil {
		return err
	}
	signIn := v.file.signIn
	if found != nil && found.signIn != nil {
		signIn = *found.signIn
	}
	if open := found != nil && found.public; !open && (v.mode.Refuse || !signIn.in(r)) {
		return v.file.unauthorized.write(w, q)
	}
	if found == nil {
		if r.Method != http.MethodHead {
			v.note(&v.unknown, r.Method+" "+r.Host+r.URL.Path)
		}
		return v.file.notFound.write(w, q)
	}
	if refusal := v.file.permissions[v.mode.Without]; slices.Contains(found.permission, v.mode.Without) && refusal.status.given {
		return refusal.write(w, q)
	}
	if found.list == nil {
		return found.write(w, q)
	}
	if found.one {
		return v.writeOne(w, found, q)
	}
	return v.writeList(w, r, found, q)
}

// in reports whether a request carries what it must.
func (s signIn) in(r *http.Request) bool {
	for name, value := range s.header {
		if r.Header.Get(name) != value {
			return false
		}
	}
	for name, value := range s.query {
		if r.URL.Query().Get(name) != value {
			return false
		}
	}
	return true
}

// match returns the first request of the file that fits, nil when none does.
func (v *Vendor) match(r *http.Request, q scope) (*request, error) {
	for _, one := range v.file.requests {
		if one.method != r.Method && (one.method != http.MethodGet || r.Method != http.MethodHead) {
			continue
		}
		if one.host != "" && one.host != r.Host && !isLoopback(r.Host) {
			continue
		}
		found := one.path.FindStringSubmatch(r.URL.EscapedPath())
		if found == nil {
			continue
		}
		params := map[string]any{}
		for i, name := range one.params {
			value, err := url.PathUnescape(found[i+1])
			if err != nil {
				return nil, fmt.Errorf("read path: %w", err)
			}
			params[name] = value
		}
		q["params"] = params
		if !one.when.set() {
			return one, nil
		}
		yes, err := one.when.value(q)
		if err != nil {
			return nil, err
		}
		if yes == true {
			return one, nil
		}
	}
	return nil, nil
}

// isLoopback reports whether a connector reaches the vendor at an address of this machine, which
// stands for all its hosts.
func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	ip := net.ParseIP(name)
	return err == nil && ip != nil && ip.IsLoopback()
}

// writeOne answers one item.
func (v *Vendor) writeOne(w http.ResponseWriter, r *request, q scope) error {
	found, err := v.item(r, q)
	if err != nil {
		return err
	}
	if found == nil {
		return v.file.notFound.write(w, q)
	}
	return r.write(w, q.with(found.scope()))
}

// item returns the item that a request asks for, nil when there is none.
func (v *Vendor) item(r *request, q scope) (*row, error) {
	if r.row.set() {
		wanted, err := r.left.value(q)
		if err != nil {
			return nil, err
		}
		name := "item of " + r.line + r.row.program.String() + r.list.name
		found, err := v.held.find(name, r.list, r.row, q, fmt.Sprint(wanted))
		if err != nil || !r.more {
			return found.first(), err
		}
		return first(found, r.key, q)
	}
	all, err := v.held.all(r.list)
	if err != nil {
		return nil, err
	}
	return first(all, r.key, q)
}

// first returns the first item for which a condition is true, nil when there is none.
func first(all rows, condition expression, q scope) (*row, error) {
	for _, one := range all {
		yes, err := condition.value(q.with(one.scope()))
		if err != nil {
			return nil, err
		}
		if yes == true {
			return one, nil
		}
	}
	return nil, nil
}

// list returns the items that a request asks for, and a name for them. Found is false when the item
// above the list does not exist.
func (v *Vendor) list(r *request, q scope) (all rows, above *row, name string, found bool, err error) {
	name = r.line + " " + r.list.name
	if r.parent.set() {
		wanted, err := r.parent.value(q)
		if err != nil {
			return nil, nil, name, false, err
		}
		found, err := v.held.find("above "+r.line+r.list.name, r.list.of, r.parentKey, q, fmt.Sprint(wanted))
		if above = found.first(); above == nil || err != nil {
			return nil, nil, name, false, err
		}
		name += " of " + fmt.Sprint(wanted)
		all, err = v.held.below(r.list, above)
		if err != nil {
			return nil, nil, name, false, err
		}
	} else if all, err = v.held.all(r.list); err != nil {
		return nil, nil, name, false, err
	}
	if r.where.set() {
		all, err = v.held.where(name, all, r.where, q)
	}
	return all, above, name, true, err
}

// Expected returns the keys of the records that a stream gives.
func (v *Vendor) Expected(stream string) (keys map[string]bool, err error) {
	keys = map[string]bool{}
	e := v.file.expect[stream]
	if e == nil {
		return nil, fmt.Errorf("expect has no stream %s", stream)
	}
	for _, l := range e.lists {
		all, err := v.held.all(l)
		if err != nil {
			return nil, err
		}
		for _, one := range all {
			in := v.held.given.with(one.scope())
			if e.where.set() {
				yes, err := e.where.value(in)
				if err != nil {
					return nil, err
				}
				if yes != true {
					continue
				}
			}
			key, err := e.key.value(in)
			if err != nil {
				return nil, err
			}
			keys[fmt.Sprint(key)] = true
		}
	}
	return keys, nil
}

// Facts returns what a stream's records say, by their keys; null stands for a field that is absent.
func (f *File) Facts(stream string) map[string]map[string]any {
	if e := f.expect[stream]; e != nil {
		return e.records
	}
	return nil
}
