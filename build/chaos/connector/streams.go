package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/plumbline-dev/plumbline/sdk"
)

// vendor is the upstream as one run sees it.
type vendor struct {
	session *sdk.Session
	client  *sdk.Client
	poster  *http.Client
	base    string
}

type entry struct {
	Key     string          `json:"key"`
	Tick    int             `json:"tick"`
	Doc     json.RawMessage `json:"doc"`
	Removed bool            `json:"removed"`
	Receipt int             `json:"receipt"`
}

type page struct {
	Items []entry `json:"items"`
	Last  bool    `json:"last"`
	Clock int     `json:"clock"` // of the vendor, when it made a page of the feed
}

// at reports a moment, waits for the answer and obeys it. Words are names and
// values of what goes with it.
func (v *vendor) at(ctx context.Context, moment string, words ...string) error {
	query := pairs(append(words, "moment", moment))
	order, err := v.post(ctx, "/at?"+query.Encode(), nil)
	if ctx.Err() != nil { // asked to stop: the last moment there is
		order, err = v.post(context.WithoutCancel(ctx), "/at?moment=drain", nil)
	}
	if err != nil {
		return err
	}
	return v.obey(order)
}

func pairs(words []string) url.Values {
	query := url.Values{}
	for pair := range slices.Chunk(words, 2) {
		query.Set(pair[0], pair[1])
	}
	return query
}

// post is for what the SDK's client, which only reads, does not do.
func (v *vendor) post(ctx context.Context, path string, body any) (string, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+path, bytes.NewReader(raw))
	if err != nil {
		return "", fmt.Errorf("make request: %w", err)
	}
	response, err := v.poster.Do(request)
	if err != nil {
		return "", sdk.Errorf(sdk.CodeNetworkConnect, "the model cannot be reached").Because(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		return "", sdk.ErrorFromStatus(response.StatusCode, response.Header, nil)
	}
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

func (v *vendor) get(ctx context.Context, path string, into any, words ...string) error {
	_, err := v.client.GetJSON(ctx, path, pairs(words), into)
	return err
}

type bookmark struct {
	Listing int    `json:"listing"`
	Section string `json:"section"`
	Page    int    `json:"page"`
	Note    string `json:"note,omitempty"`
}

func (v *vendor) list(ctx context.Context, collection string) (int, error) {
	var l struct {
		ID int `json:"id"`
	}
	return l.ID, v.get(ctx, "/listing", &l, "collection", collection)
}

func readUsers(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	v, err := sdk.From[*vendor](s)
	if err != nil {
		return err
	}
	at := bookmark{Section: "a"}
	if _, err := out.Cursor(&at); err != nil {
		return err
	}
	if mutant("resume-skips") && out.Resuming() {
		at.Page++
	}
	resumed := strconv.FormatBool(out.Resuming())
	if at.Listing == 0 {
		if at.Listing, err = v.list(ctx, "users"); err != nil {
			return err
		}
	}
	if err := v.at(ctx, "users.begin"); err != nil {
		return err
	}
	for _, section := range []string{"a", "b"} {
		if section < at.Section {
			continue
		}
		if section != at.Section {
			at.Section, at.Page = section, 0
		}
		if err := v.section(ctx, out, &at); err != nil {
			return err
		}
	}
	return v.at(ctx, "users.done", "done", "users", "listing", strconv.Itoa(at.Listing), "resumed", resumed)
}

// section reads one section from where at stands. One that may not be read is a
// gap.
func (v *vendor) section(ctx context.Context, out *sdk.Output, at *bookmark) error {
	for {
		var p page
		err := v.get(ctx, "/page", &p, "listing", strconv.Itoa(at.Listing), "section", at.Section, "page", strconv.Itoa(at.Page))
		var e *sdk.Error
		if errors.As(err, &e) && e.Code == sdk.CodePermissionMissing {
			if !mutant("swallow-403") {
				out.Gap("section "+at.Section, e)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if mutant("drop-last-page") && p.Last && at.Section == "b" {
			return nil
		}
		at.Page++
		if mutant("checkpoint-before-put") {
			if err := out.Checkpoint(*at); err != nil {
				return err
			}
		}
		if err := v.put(ctx, out, p.Items, "users.page"); err != nil {
			return err
		}
		if mutant("secret-in-cursor") {
			at.Note = v.session.Secret("token").Reveal()
		}
		if err := out.Checkpoint(*at); err != nil {
			return err
		}
		if p.Last {
			return nil
		}
	}
}

func (v *vendor) put(ctx context.Context, out *sdk.Output, items []entry, moment string) error {
	for n, i := range items {
		if mutant("secret-in-record") {
			i.Doc = bytes.Replace(i.Doc, []byte("Title "), []byte(v.session.Secret("token").Reveal()), 1)
		}
		if mutant("duplicate-key") && n == len(items)-1 && n > 0 {
			i.Key = items[0].Key
		}
		if mutant("drop-oversize") && len(i.Doc) > sdk.MaxRecordBytes {
			continue
		}
		if err := out.Put(i.Key, i.Doc); err != nil {
			var e *sdk.Error
			if !errors.As(err, &e) || e.Code != sdk.CodeLimitRecordTooLarge {
				return err
			}
		}
	}
	return v.at(ctx, moment)
}

func readDevices(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	v, err := sdk.From[*vendor](s)
	if err != nil {
		return err
	}
	listing, err := v.list(ctx, "devices")
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		var p page
		if err := v.get(ctx, "/page", &p, "listing", strconv.Itoa(listing), "page", strconv.Itoa(n)); err != nil {
			if mutant("nil-after-error") {
				return v.at(ctx, "devices.done", "done", "devices")
			}
			return err
		}
		if err := v.put(ctx, out, p.Items, "devices.page"); err != nil {
			return err
		}
		if err := out.Checkpoint(nil); err != nil {
			return err
		}
		if p.Last {
			return v.at(ctx, "devices.done", "done", "devices", "listing", strconv.Itoa(listing))
		}
	}
}

// since is the cursor of the change feed: the tick up to which all was seen. It
// is asked for again, because a tick may not have been over.
type since struct {
	Tick int `json:"tick"`
}

// position is where a reading of the change feed stands: behind the record with the
// key after, which changed in tick.
type position struct {
	tick  int
	after string
	began int // by the vendor's clock, with the first page
}

// cursor is not later than the beginning. What changes while the feed is read may
// change behind the position, in a tick that is not over, and be passed by.
func (p *position) cursor() since {
	if mutant("cursor-overtakes") {
		return since{p.tick}
	}
	return since{min(p.tick, p.began)}
}

func readFindings(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	v, err := sdk.From[*vendor](s)
	if err != nil {
		return err
	}
	var cursor since
	known, err := out.Cursor(&cursor)
	if err != nil {
		return err
	}
	at := position{tick: cursor.Tick, began: -1}
	if mutant("cursor-greater") && known {
		at.tick++
	}
	// The streams before are on disk, so that the next commit is the feed's.
	if err := out.WaitAcked(ctx); err != nil {
		return err
	}
	for {
		var p page
		if err := v.get(ctx, "/changed", &p, "since", strconv.Itoa(at.tick), "after", at.after); err != nil {
			return failed(out, err)
		}
		if at.began < 0 {
			at.began = p.Clock
		}
		if err := v.changes(ctx, out, p.Items, &at); err != nil {
			return failed(out, err)
		}
		if p.Last {
			return v.at(ctx, "findings.done", "done", "findings")
		}
	}
}

// failed is the end of a feed that could not be read.
func failed(out *sdk.Output, err error) error {
	if mutant("final-cursor-after-failure") {
		return errors.Join(err, out.Checkpoint(since{1 << 20}))
	}
	return err
}

// changes sends a page of the feed and, when it is on the host's disk, lets the
// upstream forget it.
func (v *vendor) changes(ctx context.Context, out *sdk.Output, items []entry, at *position) error {
	for _, i := range items {
		var err error
		switch {
		case i.Removed && mutant("tombstones-left-out"):
		case i.Removed:
			err = out.Remove(i.Key)
		default:
			err = out.Put(i.Key, i.Doc)
		}
		if err != nil {
			return err
		}
		at.tick, at.after = i.Tick, i.Key
	}
	if mutant("forget-before-ack") {
		if _, err := v.post(ctx, "/forget", items); err != nil {
			return err
		}
	}
	if err := v.at(ctx, "findings.page"); err != nil {
		return err
	}
	if err := out.Checkpoint(at.cursor()); err != nil {
		return err
	}
	if err := out.WaitAcked(ctx); err != nil {
		return err
	}
	if err := v.at(ctx, "findings.acked"); err != nil {
		return err
	}
	_, err := v.post(ctx, "/forget", items)
	return err
}
