package sdk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
)

// maxRereads is how often a list that changed is read again.
const maxRereads = 2

// Listing reads a list whose pages are requested by number or by offset, and determines whether
// it read the whole list. Such a list has no snapshot. A row that is added or removed during the
// read moves every later row, perhaps to a page that was already read. Read therefore
//
//   - counts different keys, not rows
//   - reads until a page is empty or says that it is the last, whatever the total says
//   - requests each page once more after the next one, and expects the same keys
//   - compares the totals of all answers with each other, and with the number of keys
//
// Read reads a list that moved again, three times in all. It reports a gap for a list that keeps
// moving, repeats a page, or disagrees with its total. The stream is then not complete, and the
// host removes nothing.
//
// Without a total, Read cannot detect that a row left a page and another one arrived there after
// both requests for that page.
//
// A list with a token or an address for the next page needs Pages.
type Listing struct {
	Name string // of the rows, in messages: "employees"
	Max  int    // pages; 0 = 10,000
	Part bool   // the stream has other lists too: this one's total is not the stream's

	// Page requests one page, perhaps several times.
	Page func(ctx context.Context, at Place) (ListPage, error)
	// Key returns an id of the row that never changes, or "" when the row has none.
	Key func(row json.RawMessage) string
	// Put sends a row with Output.Put, or reports it with Output.Gap. Read calls it once for a
	// row, and again when a later answer has the same key with other content.
	Put func(row json.RawMessage) error
	// Gap reports a list that is not whole; nil = Output.Gap.
	Gap func(scope string, err error)
}

// Place is the beginning of a page.
type Place struct {
	Page   int // the first is 1
	Offset int // rows before it
}

// ListPage is one page. Rows is empty after the last page. Nil rows mean that the answer holds
// no list, which is an error. Total is the number of rows in the whole list, nil when the answer
// does not have it.
type ListPage struct {
	Rows  []json.RawMessage
	Total *int
	More  *bool // whether another page follows, where the answer says it
}

// Read sends every row of the list. It returns the errors of Page and Put, and an error for a
// list without an end.
func (l *Listing) Read(ctx context.Context, out *Output) error {
	r := listReader{Listing: l, out: out, seed: maphash.MakeSeed(), rows: map[string]seenRow{}}
	for r.pass = 1; ; r.pass++ {
		r.last = r.pass > maxRereads
		verdict, err := r.once(ctx)
		if err != nil || verdict.reason == "" {
			return err
		}
		if r.last || !verdict.moved {
			if l.Gap != nil {
				l.Gap(l.Name, verdict.problem(l.Name))
			} else {
				out.Gap(l.Name, verdict.problem(l.Name))
			}
			return nil
		}
		out.Note("The list of " + l.Name + " changed while it was read: reading it again.")
	}
}

// verdict is why a list is not whole; the zero value says that it is.
type verdict struct {
	reason string
	moved  bool // reading it again may help
}

func (v verdict) problem(name string) *Error {
	if v.moved {
		e := Errorf(CodeUpstreamInvalidResponse, "the list of %s changed each time it was read: %s", name, v.reason)
		return e.WithRemedy("Sync again when the list changes less: a list that changes between two pages cannot be read whole. " +
			"Nothing was removed.")
	}
	e := Errorf(CodeUpstreamInvalidResponse, "the list of %s is not whole: %s", name, v.reason)
	return e.WithRemedy("Ask the vendor why the pages of this list do not agree with each other. Nothing was removed.")
}

// seenRow is the last occurrence of a row.
type seenRow struct {
	content    uint64
	pass, page int
}

// listReader is the state of one Read.
type listReader struct {
	*Listing
	out  *Output
	seed maphash.Seed
	rows map[string]seenRow // by key, of all passes
	pass int
	last bool // no pass follows, so the reader continues in any case

	distinct int
	twice    bool // a key was on two pages of this pass
	total    *int
	pages    map[uint64]int // the keys of each page of this pass
	found    verdict        // of this pass
}

// once reads the list from its first page to an empty one.
func (r *listReader) once(ctx context.Context) (verdict, error) {
	r.distinct, r.twice, r.total, r.pages, r.found = 0, false, nil, map[uint64]int{}, verdict{}
	var before Place
	var keysBefore []string
	for at := (Place{Page: 1}); ; at.Page++ {
		if most := cmp.Or(r.Max, maxPages); at.Page > most {
			return verdict{}, Errorf(CodeUpstreamInvalidResponse, "the list of %s does not end after %d pages", r.Name, most)
		}
		page, err := r.ask(ctx, at)
		if err != nil {
			return verdict{}, err
		}
		r.compareTotal(page.Total)
		if r.found.moved && !r.last {
			return r.found, nil
		}
		keys := r.keys(page.Rows)
		if repeats := r.pages[r.hash(keys)]; repeats > 0 {
			return r.repeated(at.Page, repeats), nil
		}
		if err := r.reread(ctx, before, keysBefore, page); err != nil {
			return verdict{}, err
		}
		if r.found.moved && !r.last {
			return r.found, nil
		}
		if len(page.Rows) == 0 && !says(page.More, true) {
			return r.ended(), nil
		}
		if err := r.send(page.Rows, at.Page); err != nil {
			return verdict{}, err
		}
		if says(page.More, false) {
			return r.ended(), nil
		}
		if len(keys) > 0 {
			r.pages[r.hash(keys)] = at.Page
		}
		before, keysBefore = at, keys
		at.Offset += len(page.Rows)
	}
}

// says reports whether an answer says so of a further page.
func says(more *bool, so bool) bool { return more != nil && *more == so }

// ask requests a page. An answer without a list is an error, not an empty page.
func (r *listReader) ask(ctx context.Context, at Place) (ListPage, error) {
	page, err := r.Page(ctx, at)
	if err == nil && page.Rows == nil {
		return page, Errorf(CodeUpstreamInvalidResponse, "an answer holds no list of %s", r.Name)
	}
	return page, err
}

// keys returns the sorted keys of the rows. The hash of the content stands for a missing key.
func (r *listReader) keys(rows []json.RawMessage) []string {
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i] = r.keyOf(row)
	}
	slices.Sort(keys)
	return keys
}

func (r *listReader) keyOf(row json.RawMessage) string {
	if key := r.Key(row); key != "" {
		return key
	}
	return "\x00" + strconv.FormatUint(maphash.Bytes(r.seed, row), 16)
}

// hash returns a hash of the keys of a page.
func (r *listReader) hash(keys []string) uint64 {
	var h maphash.Hash
	h.SetSeed(r.seed)
	for _, key := range keys {
		_, _ = h.WriteString(strconv.Itoa(len(key)) + ":" + key) // never fails
	}
	return h.Sum64()
}

func (r *listReader) compareTotal(total *int) {
	if total == nil {
		return
	}
	if r.total != nil && *r.total != *total {
		r.moved("its total went from %d to %d", *r.total, *total)
	}
	if !r.Part && (r.total == nil || *r.total != *total) {
		r.out.Expect(*total)
	}
	r.total = total
}

func (r *listReader) moved(format string, args ...any) {
	if !r.found.moved {
		r.found = verdict{moved: true, reason: fmt.Sprintf(format, args...)}
	}
}

// reread requests the previous page once more. Its keys differ when a row crossed its edge after
// it was read. This is not needed before an empty page with a total, which compareTotal has
// checked.
func (r *listReader) reread(ctx context.Context, at Place, keys []string, next ListPage) error {
	if at.Page == 0 || len(next.Rows) == 0 && next.Total != nil {
		return nil
	}
	again, err := r.ask(ctx, at)
	if err != nil {
		return err
	}
	r.compareTotal(again.Total)
	if !slices.Equal(keys, r.keys(again.Rows)) {
		r.moved("page %d holds other rows after page %d was read", at.Page, at.Page+1)
	}
	return nil
}

// send sends the rows of a page that are new or changed.
func (r *listReader) send(rows []json.RawMessage, page int) error {
	for _, row := range rows {
		key, content := r.keyOf(row), maphash.Bytes(r.seed, row)
		seen, known := r.rows[key]
		r.rows[key] = seenRow{content: content, pass: r.pass, page: page}
		if !known || seen.content != content {
			if err := r.Put(row); err != nil {
				return err
			}
		}
		switch {
		case !known || seen.pass != r.pass:
			r.distinct++
		case seen.page != page:
			r.twice = true
		}
	}
	return r.out.Checkpoint(nil)
}

// repeated judges a list with two equal pages. A vendor that answers numbers after the last page
// with the last page agrees with its total; every other list is not whole.
func (r *listReader) repeated(page, earlier int) verdict {
	if v := r.ended(); r.total != nil && page == earlier+1 && v.reason == "" {
		return v
	}
	reason := fmt.Sprintf("page %d repeats page %d", page, earlier)
	if r.total != nil {
		reason += fmt.Sprintf("; it has %d different rows, and its total is %d", r.distinct, *r.total)
	}
	return verdict{reason: reason}
}

// ended judges a list that was read to its end.
func (r *listReader) ended() verdict {
	if r.found.moved {
		return r.found
	}
	if r.total != nil && *r.total != r.distinct {
		return verdict{reason: fmt.Sprintf("it has %d different rows, and its total is %d", r.distinct, *r.total)}
	}
	if r.twice && r.total == nil {
		r.moved("some rows were on two pages")
	}
	return r.found
}
