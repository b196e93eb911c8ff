package vendor

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// turnAt are the requests of a list after which its order changes, if the vendor is moving: twice,
// because a reader begins again each time.
var turnAt = map[int]bool{3: true, 9: true}

// turn is how far a list has been rotated.
type turn struct{ asked, by int }

// rotated returns a list of numbered pages in the order of this moment.
func (v *Vendor) rotated(name string, all rows) rows {
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.turns[name]
	if t == nil {
		t = &turn{}
		v.turns[name] = t
	}
	by := t.by
	if t.asked++; turnAt[t.asked] {
		t.by++
	}
	if len(all) < 2 || by == 0 {
		return all
	}
	by %= len(all)
	return append(append(make(rows, 0, len(all)), all[by:]...), all[:by]...)
}

// writeList answers a page of a list.
func (v *Vendor) writeList(w http.ResponseWriter, r *http.Request, of *request, q scope) error {
	all, above, name, found, err := v.list(of, q)
	if err != nil {
		return err
	}
	if !found {
		return v.file.notFound.write(w, q)
	}
	answer := q.with(scope{"items": all, "total": int64(len(all)), "more": false, "next": nil, "page": int64(1), "pages": int64(1),
		"offset": int64(0), "size": int64(len(all))})
	if above != nil {
		answer["parent"] = above.item
	}
	if of.page == nil {
		return of.write(w, answer)
	}
	if v.mode.Moving && (of.page.by == "page" || of.page.by == "offset") {
		all = v.rotated(name, all)
	}
	start, size, err := of.page.place(q, v.mode.Few.page(above != nil))
	if errors.Is(err, errPage) {
		http.Error(w, `{"error":"`+err.Error()+`"}`, http.StatusBadRequest)
		return nil
	}
	if err != nil {
		return err
	}
	begin := min(start, len(all))
	end := min(begin+size, len(all))
	answer["items"], answer["size"], answer["offset"] = all[begin:end], int64(size), int64(start+of.page.first)
	answer["page"], answer["pages"] = int64(start/size+of.page.first), int64((len(all)+size-1)/size)
	if of.page.by == "offset" {
		answer["page"] = int64(start/size + 1)
	} else {
		answer["offset"] = int64(start)
	}
	if end < len(all) {
		answer["more"], answer["next"] = true, of.page.next(r, end)
		if of.page.by == "link" {
			w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, answer["next"]))
		}
	}
	return of.write(w, answer)
}

// next returns what leads to the page that begins at the item with this index.
func (p *paging) next(r *http.Request, at int) any {
	token := base64.StdEncoding.EncodeToString([]byte("after " + strconv.Itoa(at)))
	switch p.by {
	case "token":
		return token
	case "address", "link":
		query := r.URL.Query()
		query.Set(p.to, token)
		scheme := "https"
		if r.TLS == nil && isLoopback(r.Host) {
			scheme = "http" // the address at which the connector reaches this vendor
		}
		return (&url.URL{Scheme: scheme, Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query.Encode()}).String()
	case "page":
		return nil
	}
	return int64(at + p.first)
}

// errPage is why a vendor answers a page with status 400.
var errPage = errors.New("the page or its size is not valid")

// place returns the index of the first item of the page that a request asks for, and its size,
// at most most.
func (p *paging) place(q scope, most int) (start, size int, err error) {
	if size, err = p.sizeOf(q); err != nil {
		return 0, 0, err
	}
	size = min(size, most)
	asked, err := p.from.value(q)
	if err != nil || asked == nil || asked == "" {
		return 0, size, err
	}
	if p.by == "page" || p.by == "offset" {
		n, err := strconv.Atoi(number(asked))
		if err != nil || n < p.first {
			return 0, 0, errPage
		}
		if p.by == "page" {
			return (n - p.first) * size, size, nil
		}
		return n - p.first, size, nil
	}
	raw, _ := base64.StdEncoding.DecodeString(fmt.Sprint(asked)) // what is none has no position
	position, ok := strings.CutPrefix(string(raw), "after ")
	if start, err = strconv.Atoi(position); err != nil || !ok {
		return 0, 0, errPage
	}
	return start, size, nil
}

// sizeOf returns the size of the page that a request asks for.
func (p *paging) sizeOf(q scope) (int, error) {
	asked, err := p.size.value(q)
	if err != nil || asked == nil || asked == "" {
		return p.usual, err
	}
	size, err := strconv.Atoi(number(asked))
	if err != nil || size < 1 || p.strict && size > p.most {
		return 0, errPage
	}
	if p.most > 0 {
		size = min(size, p.most)
	}
	return size, nil
}

// number returns a number of JSON, or of a text, without a fraction.
func number(v any) string {
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
