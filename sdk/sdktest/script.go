package sdktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/internal/clock"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Script controls a Fake; it is the connection's settings. A stream that it does not name is complete and
// empty.
//
//	{"streams": [{"name": "users", "records": 1000, "page": 100, "fail_at": 300, "error": "rate.limited"}]}
type Script struct {
	Streams []ScriptStream `json:"streams,omitempty"`
	Connect *ScriptStep    `json:"connect,omitempty"` // the sign-in
	Check   *ScriptStep    `json:"check,omitempty"`   // every probe after the settings
}

// ScriptStep is a step that reads no stream.
type ScriptStep struct {
	Error string `json:"error,omitempty"` // code to fail with
	Delay int    `json:"delay_ms,omitempty"`
	Hang  bool   `json:"hang,omitempty"`     // ignore every request to stop
	Say   string `json:"identity,omitempty"` // the owner of the credential
}

// ScriptStream controls one stream. Record numbers count from Start; record n has the key "<name>-<n>". The
// faults happen before record number Start+FailAt, after the pages before it were sent.
type ScriptStream struct {
	Name    string   `json:"name"`
	Records int      `json:"records,omitempty"`
	Page    int      `json:"page,omitempty"` // records between two checkpoints; 0 = all in one
	Start   int      `json:"start,omitempty"`
	Cursor  bool     `json:"cursor,omitempty"`  // checkpoints have a cursor, and the stream resumes from it
	Removed []string `json:"removed,omitempty"` // left out; on the tombstone stream removed by key

	Version      int  `json:"version,omitempty"`       // is in the records that change
	ChangedEvery int  `json:"changed_every,omitempty"` // the interval of the records with Version
	BigRecord    int  `json:"big_record,omitempty"`    // bytes of an additional record, with key "<name>-big"
	Pad          int  `json:"pad,omitempty"`           // bytes of the vendor's own document in every record
	Delay        int  `json:"delay_ms,omitempty"`      // before each page
	Varied       bool `json:"varied,omitempty"`        // accounts that differ in the fields of lists
	Expect       int  `json:"expect,omitempty"`

	FailAt int    `json:"fail_at,omitempty"`
	Error  string `json:"error,omitempty"` // code to fail with at FailAt
	Crash  string `json:"crash,omitempty"` // "panic", "goroutine", "exit0" or "kill" at FailAt, see Misbehave
	Hang   bool   `json:"hang,omitempty"`  // at FailAt ignore every request to stop
	Gap    string `json:"gap,omitempty"`   // scope that cannot be read
	Leak   bool   `json:"leak,omitempty"`  // put the secret "token" into a log line and an error

	NoiseStdout bool   `json:"noise_stdout,omitempty"`
	BlockUntil  string `json:"block_until_file,omitempty"`
	BlockAt     int    `json:"block_at,omitempty"` // records sent before it blocks
	Grandchild  bool   `json:"grandchild,omitempty"`
	Throttle    int    `json:"throttle_ms,omitempty"` // waits as for a rate limit at FailAt
	DialSocket  string `json:"dial_socket,omitempty"` // a local socket; the stream fails when a server answers on it
}

// position is the cursor of a scripted stream: the next record's number.
type position struct {
	Next int `json:"next"`
}

// String describes the cursor.
func (p position) String() string { return "before record " + strconv.Itoa(p.Next) }

// readScripted returns the Read of one stream.
func readScripted(name string) func(context.Context, *sdk.Session, *sdk.Output) error {
	return func(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
		var script Script
		if err := s.Settings(&script); err != nil {
			return err
		}
		for _, stream := range script.Streams {
			if stream.Name == name {
				return (&player{ScriptStream: stream, session: s, out: out}).play(ctx)
			}
		}
		return nil
	}
}

// player plays one stream of a script.
type player struct {
	ScriptStream
	session *sdk.Session
	out     *sdk.Output
	words   string // filling for the vendor's documents
}

func (p *player) play(ctx context.Context) error {
	if err := p.disturb(); err != nil {
		return err
	}
	if p.Expect > 0 {
		p.out.Expect(p.Expect)
	}
	if p.Gap != "" {
		p.out.Gap(p.Gap, sdk.PermissionMissing([]string{p.Name + ".read"}, "%s may not be read", p.Gap))
	}
	at := position{Next: p.Start}
	if p.Cursor {
		if _, err := p.out.Cursor(&at); err != nil {
			return err
		}
	}
	if err := p.pages(ctx, at.Next); err != nil {
		return err
	}
	if p.BigRecord > 0 {
		if err := p.out.Put(p.Name+"-big", p.document(p.key(0), 0, p.BigRecord)); err != nil {
			return err
		}
	}
	for _, key := range p.Removed {
		if p.Name == tombstoneStream {
			if err := p.out.Remove(key); err != nil {
				return err
			}
		}
	}
	return p.checkpoint(p.Start + p.Records)
}

func (p *player) pages(ctx context.Context, from int) error {
	page := p.Page
	if page <= 0 {
		page = max(p.Records, 1)
	}
	for n := from; ; n++ {
		sent := n - p.Start
		if p.BlockUntil != "" && sent == p.BlockAt {
			if err := waitForFile(ctx, p.BlockUntil); err != nil {
				return err
			}
		}
		if sent == p.FailAt {
			if err := p.misbehave(ctx); err != nil {
				return err
			}
		}
		if n >= p.Start+p.Records {
			return nil
		}
		if err := p.record(ctx, n, sent%page == 0, p.Page > 0 && (sent+1)%page == 0); err != nil {
			return err
		}
	}
}

// record sends one record, which may begin and end a page.
func (p *player) record(ctx context.Context, n int, begins, ends bool) error {
	if p.Delay > 0 && begins {
		if err := clock.Sleep(ctx, time.Duration(p.Delay)*time.Millisecond); err != nil {
			return err
		}
	}
	key := p.key(n)
	if !slices.Contains(p.Removed, key) {
		if err := p.out.Put(key, p.document(key, n, 0)); err != nil {
			return err
		}
	}
	if ends {
		return p.checkpoint(n + 1)
	}
	return nil
}

func (p *player) checkpoint(next int) error {
	if !p.Cursor {
		return p.out.Checkpoint(nil)
	}
	return p.out.Checkpoint(position{Next: next})
}

// disturb causes the disturbances of the script.
func (p *player) disturb() error {
	if p.NoiseStdout {
		fmt.Println("1|1|this is not the handshake")
	}
	if p.Leak {
		p.session.Log().Warn("the token is " + p.session.Secret("token").Reveal())
	}
	if p.DialSocket != "" {
		if err := askSocket(p.DialSocket); err != nil {
			return err
		}
	}
	if p.Grandchild {
		return LeaveChild()
	}
	return nil
}

// askSocket returns an error when the server at a local socket answers.
func askSocket(path string) error {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /api/v1/status HTTP/1.1\r\nHost: plumbline\r\n\r\n"); err != nil {
		return nil
	}
	if n, err := conn.Read(make([]byte, 1)); err == nil && n > 0 {
		return sdk.Errorf(sdk.CodeInternalBug, "the server at %s answered", path)
	}
	return nil
}

// misbehave causes the faults of the script at FailAt.
func (p *player) misbehave(ctx context.Context) error {
	if p.Throttle > 0 {
		if err := clock.Sleep(ctx, time.Duration(p.Throttle)*time.Millisecond); err != nil {
			return err
		}
	}
	Misbehave(p.session, p.Crash)
	if p.Hang {
		Misbehave(p.session, "hang")
	}
	if p.Error != "" {
		e := sdk.Errorf(p.Error, "scripted %s in stream %s", p.Error, p.Name)
		if p.Leak {
			e = e.WithDetail("sent " + p.session.Secret("token").Reveal())
		}
		return e
	}
	return nil
}

func (p *player) key(n int) string { return p.Name + "-" + strconv.Itoa(n) }

// document returns the record of number n in the stream's kind. Size pads it.
func (p *player) document(id string, n, size int) any {
	version := ""
	if p.ChangedEvery > 0 && n%p.ChangedEvery == 0 {
		version = strconv.Itoa(p.Version)
	}
	padding := strings.Repeat("x", size)
	switch p.Name {
	case "devices":
		return kind.Device{ExternalID: id, Hostname: "host-" + strconv.Itoa(n), OSName: "Fake", OSVersion: version, Model: padding}
	case "findings":
		return kind.Finding{ExternalID: id, Title: "Finding " + strconv.Itoa(n), Severity: "low", Status: "open", Description: version + padding}
	}
	if p.Varied {
		return varied(n, id, version, p.vendor(n))
	}
	return kind.Account{
		ExternalID: id, Username: id, Email: id + "@example.com", Name: "User " + strconv.Itoa(n),
		Status: "active", Type: "human", Title: version, Department: padding, Groups: []string{}, Vendor: p.vendor(n),
	}
}

// vendor returns the system's own document of record n, Pad bytes long.
func (p *player) vendor(n int) json.RawMessage {
	if p.Pad <= 0 {
		return nil
	}
	const word = "vendor "
	if p.words == "" {
		p.words = strings.Repeat(word, p.Pad/len(word)+2)
	}
	raw := append(make([]byte, 0, p.Pad+len(word)), `{"id":`...)
	raw = append(strconv.AppendInt(raw, int64(n), 10), `,"note":"`...)
	if begun := len(raw); begun < p.Pad-2 {
		raw = append(raw, p.words[begun%len(word):][:p.Pad-2-begun]...)
	}
	return append(raw, `"}`...)
}

// waitForFile polls until path exists. A test in another process creates the file as a signal.
func waitForFile(ctx context.Context, path string) error {
	for {
		_, err := os.Stat(path)
		if err == nil {
			return nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("wait for file: %w", err)
		}
		if err := clock.Sleep(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
}
