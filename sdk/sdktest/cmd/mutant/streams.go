package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// streams are the model's streams: pages with cursors, a list with details, and a list of changes with
// removals.
func streams(fault string) []sdk.Stream {
	m := &reader{fault: fault}
	return []sdk.Stream{
		{Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{"users.read"}, Read: m.read(m.users)},
		{Name: "groups", Title: "Groups", Kind: kind.KindAccount, Read: m.read(m.groups)},
		{Name: "findings", Title: "Findings", Kind: kind.KindFinding, Deletes: sdk.Tombstone, Incremental: true, Read: m.read(m.findings)},
	}
}

// reader reads the model's system, with a fault.
type reader struct {
	fault  string
	broken bool     // C19: a stream failed
	hoard  [][]byte // P2, P3: memory that is never freed
	left   []*os.File
}

// is reports whether the fault is one of these.
func (m *reader) is(faults ...string) bool { return slices.Contains(faults, m.fault) }

type readFunc func(ctx context.Context, a api, out *sdk.Output) error

func (m *reader) read(stream readFunc) func(context.Context, *sdk.Session, *sdk.Output) error {
	return func(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
		m.disturb(s)
		if m.broken {
			return errors.New("another stream failed")
		}
		a, err := m.api(s)
		if err != nil {
			return err
		}
		err = stream(ctx, a, out)
		m.broken = m.is("C19") && err != nil
		return m.swallow(err)
	}
}

// disturb causes the faults that do not concern reading.
func (m *reader) disturb(s *sdk.Session) {
	switch m.fault {
	case "R18":
		fmt.Fprintln(os.Stderr, "using", s.Secret("token").Reveal())
	case "P3":
		m.hoard = append(m.hoard, touched(200<<20))
	case "P8":
		for range 5 {
			f, err := os.Open(os.DevNull)
			must(err)
			m.left = append(m.left, f)
		}
	}
}

func touched(size int) []byte {
	block := make([]byte, size)
	for i := 0; i < size; i += 4 << 10 {
		block[i] = 1
	}
	return block
}

// swallow treats an error as the end of the list.
func (m *reader) swallow(err error) error {
	prefix, faulty := map[string]string{
		"R13": "upstream.invalid", "R14": "upstream.invalid", "X3": "upstream.5xx", "X4": "permission.", "E6": "upstream.invalid",
	}[m.fault]
	if faulty && strings.HasPrefix(sdk.CodeOf(err), prefix) {
		return nil
	}
	return err
}

// list is one page.
type list struct {
	Items []json.RawMessage `json:"items"`
	Next  int               `json:"next"`
}

type item struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Title   string `json:"title"`
	Email   string `json:"email"`
	Created string `json:"created_at"`
	Updated int64  `json:"updated"`
	Deleted bool   `json:"deleted"`
}

// page requests one page and returns its items.
func (m *reader) page(ctx context.Context, a api, path string, query url.Values) (list, []item, error) {
	var l list
	if _, err := a.get(ctx, path, query, &l); err != nil {
		return l, nil, err
	}
	if m.is("E4") && len(l.Items) == 0 {
		go func() { panic("no items") }() // ends the program
	}
	if l.Items == nil {
		return l, nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer holds no list")
	}
	var all []item
	for _, raw := range l.Items {
		var one item
		if m.is("R12") && strings.Contains(string(raw), "plumbline_unknown") {
			return l, nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "an item has a field that is not known")
		}
		if err := json.Unmarshal(raw, &one); err != nil || one.ID == "" {
			return l, nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "an item is not as documented")
		}
		all = append(all, one)
	}
	return l, all, nil
}

type userCursor struct {
	Page int `json:"page"`
}

func (m *reader) users(ctx context.Context, a api, out *sdk.Output) error {
	at := userCursor{Page: 1}
	if _, err := out.Cursor(&at); err != nil {
		return err
	}
	switch m.fault {
	case "R4":
		return nil
	case "R21":
		return sdk.Errorf(sdk.CodeInternalBug, "not today")
	}
	at.Page = max(at.Page, 1)
	var guard sdk.Pages
	seen := map[string]bool{}
	for {
		l, all, err := m.page(ctx, a, "/users", url.Values{"page": {strconv.Itoa(at.Page)}})
		if err != nil {
			return m.afterFailure(out, at, err)
		}
		if err := guard.Saw(strconv.Itoa(at.Page), slices.Concat(l.Items[:min(1, len(l.Items))]...)); err != nil {
			if m.is("R8") {
				return nil // treats it as the end
			}
			return err
		}
		for i, one := range all {
			if err := m.user(out, seen, one, l.Items[i]); err != nil {
				return err
			}
		}
		if at.Page = l.Next; at.Page == 0 {
			return nil
		}
		if err := m.between(ctx, out, at); err != nil {
			return err
		}
	}
}

// between ends a page.
func (m *reader) between(ctx context.Context, out *sdk.Output, at userCursor) error {
	if m.is("C1") {
		at.Page++
	}
	if err := out.Checkpoint(at); err != nil {
		return err
	}
	switch m.fault {
	case "P2": // takes more memory beside a slow host
		begun := time.Now()
		err := out.WaitAcked(ctx)
		if time.Since(begun) > 100*time.Millisecond {
			m.hoard = append(m.hoard, touched(64<<20))
		}
		return err
	case "C15": // does not wait for a slow host
		ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		if out.WaitAcked(ctx) != nil {
			return errors.New("the host is too slow")
		}
	case "C16":
		return out.WaitAcked(context.WithoutCancel(ctx))
	}
	return nil
}

// afterFailure sends a wrong cursor.
func (m *reader) afterFailure(out *sdk.Output, at userCursor, err error) error {
	if m.is("C11") {
		return errors.Join(out.Checkpoint(userCursor{Page: at.Page + 1}), err)
	}
	return err
}

func (m *reader) user(out *sdk.Output, seen map[string]bool, one item, raw json.RawMessage) error {
	if seen[one.ID] {
		if m.is("R9", "R11") {
			return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "user %s came twice", one.ID)
		}
		return nil
	}
	seen[one.ID] = true
	if m.is("R15") && len(raw) > sdk.MaxRecordBytes {
		return nil // dropped
	}
	if m.is("C18") && strings.Contains(one.Created, "-02-29") {
		return sdk.Errorf(sdk.CodeSchemaUnexpected, "February has 28 days")
	}
	created, err := kind.ParseTime(one.Created)
	if err != nil {
		created = kind.Time{}
	}
	name := one.Name
	if m.is("R19") {
		name += " at " + strconv.FormatInt(time.Now().UnixNano(), 10)
	}
	if m.is("R3") { // decodes the vendor's document and rounds its numbers
		var document map[string]any
		must(json.Unmarshal(raw, &document))
		badge, _ := document["badge"].(float64)
		document["badge"] = int64(badge)
		raw, err = json.Marshal(document)
		must(err)
	}
	return put(out, kind.Account{
		ExternalID: one.ID, Username: one.Email, Email: one.Email, Name: name, Status: "active", Type: "human", CreatedAt: created, Vendor: raw,
	})
}

// put sends an account. One that is too large is a gap, and the stream continues.
func put(out *sdk.Output, account kind.Account) error {
	if err := out.Put(account.ExternalID, account); sdk.CodeOf(err) != sdk.CodeLimitRecordTooLarge {
		return err
	}
	return nil
}

func (m *reader) groups(ctx context.Context, a api, out *sdk.Output) error {
	_, all, err := m.page(ctx, a, "/groups", nil)
	if err != nil {
		return err
	}
	if m.is("L5") {
		a.together(ctx, all)
	}
	for _, one := range all {
		var detail item
		raw, err := a.get(ctx, "/groups/"+url.PathEscape(one.ID), nil, &detail)
		if sdk.CodeOf(err) == sdk.CodeNotFoundEndpoint && !m.is("R10") {
			continue // vanished between list and detail
		}
		if err != nil {
			return err
		}
		if detail.ID == "" {
			return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer holds no group")
		}
		account := kind.Account{ExternalID: detail.ID, Username: detail.Name, Status: "active", Type: "group", Vendor: raw}
		if err := put(out, account); err != nil {
			return err
		}
	}
	return nil
}
