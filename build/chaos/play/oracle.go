package play

import (
	"context"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// StoredOf reads the records of a stream over the API, as of a moment or now.
func (w *World) StoredOf(ctx context.Context, alias, stream string, at time.Time) (map[string]string, error) {
	query := largePages()
	query.Set("stream", stream)
	if !at.IsZero() {
		query.Set("as_of", at.Format(time.RFC3339Nano))
	}
	records, err := All[host.Record](ctx, w.Agent, "/connections/"+alias+"/records", query)
	state := map[string]string{}
	for _, r := range records {
		if strings.Contains(string(r.Data), w.Canary) {
			w.Complain("left", "record %s holds the token", r.Key)
		}
		if upstream.HashOf(r.Data) != r.Hash {
			w.Complain("store", "record %s has the hash %.8s of another document", r.Key, r.Hash)
		}
		state[r.Key] = r.Hash
	}
	return state, err
}

func streamOf(state map[string]string, stream string) map[string]string {
	part := map[string]string{}
	for name, hash := range state {
		if key, ok := strings.CutPrefix(name, stream+"/"); ok {
			part[key] = hash
		}
	}
	return part
}

// storeOracle asks, for these runs as they ended and for now, what was stored: it is
// what the change log amounts to, and, in the end, what the upstream has. (A run that
// goes on with a list where another broke off leaves what the list held then.)
func (w *World) storeOracle(ctx context.Context, runs []played, end bool) error {
	for _, stream := range []string{upstream.Users, upstream.Devices, upstream.Findings} {
		now, err := w.StoredOf(ctx, Alias, stream, time.Time{})
		if err != nil {
			return err
		}
		if d := upstream.Differ(w.Model.State(stream, w.Model.Moment()), now); end && d != "" {
			w.Complain("store", "%s in the end: %s", stream, d)
		}
		if d := upstream.Differ(streamOf(w.consumer.replay(), stream), now); d != "" {
			w.Complain("log", "%s are not what the change log amounts to: %s", stream, d)
		}
		for _, p := range runs {
			if p.at.IsZero() {
				continue // nothing had ever been stored
			}
			then, err := w.StoredOf(ctx, Alias, stream, p.at)
			if err != nil {
				return err
			}
			if d := upstream.Differ(streamOf(p.settled, stream), then); d != "" {
				w.Complain("store", "%s as of the end of run %d are not what they were: %s", stream, p.number, d)
			}
		}
	}
	return nil
}

// readOracle holds what a run left against what the upstream served it.
func (w *World) readOracle(p *played) {
	for _, step := range p.run.Steps {
		if step.Stream == "" || step.Status != host.StatusSucceeded {
			continue
		}
		got := streamOf(p.settled, step.Stream)
		end, l, ended := w.Upstream.Read(p.number, step.Stream)
		switch {
		case !ended:
			w.Complain("truth", "run %d: %s succeeded, but was not read to the end", p.number, step.Stream)
		case step.Stream == upstream.Findings:
			if p.before == p.after {
				if d := upstream.Differ(w.Model.State(upstream.Findings, p.after), got); d != "" {
					w.Complain("cursor", "run %d: findings after a complete read: %s", p.number, d)
				}
			}
		case end.Resumed:
			want := w.Model.State(step.Stream, l.Version)
			for key := range got {
				if want[key] == "" {
					delete(got, key) // what is gone is judged by a whole read only
				}
			}
			if d := upstream.Differ(want, got); d != "" {
				w.Complain("cursor", "run %d: %s after a resumed read: %s", p.number, step.Stream, d)
			}
		default:
			if d := upstream.Differ(w.Model.State(step.Stream, l.Version), got); d != "" {
				w.Complain("store", "run %d: %s after a complete read: %s", p.number, step.Stream, d)
			}
		}
	}
}

// logOracle walks each record's story in the change log.
func (w *World) logOracle() {
	type story struct {
		hash string
		next int // first version it may become
	}
	stories := map[string]*story{}
	for _, c := range w.consumer.taken {
		name := upstream.ID(c.Stream, c.Key)
		s := stories[name]
		if s == nil {
			s = &story{}
			stories[name] = s
		}
		switch {
		case (c.Kind == host.ChangeAdded) != (s.hash == "" && c.Kind != host.ChangeRemoved),
			c.Kind == host.ChangeRemoved && s.hash == "":
			w.Complain("log", "%s is no step on from %.8q", words(c), s.hash)
		case c.Kind != host.ChangeRemoved && c.Hash == s.hash:
			w.Complain("log", "%s is logged twice", words(c))
		}
		versions := w.Model.VersionsOf(c.Stream, c.Key)
		for s.next < len(versions) && (versions[s.next].Gone != (c.Kind == host.ChangeRemoved) || versions[s.next].Hash != c.Hash) {
			s.next++
		}
		if s.next == len(versions) {
			w.Complain("log", "%s is no version the record had then or later", words(c))
		}
		s.hash = c.Hash
	}
}

// sweepOracle asks of every removal among these whether its run was entitled to it.
func (w *World) sweepOracle(changes []host.Change) {
	for _, c := range changes {
		if c.Kind != host.ChangeRemoved || c.Stream == upstream.Findings {
			continue // the log oracle has seen the tombstone
		}
		number := 0
		for _, p := range w.runs {
			if p.run.ID == c.Run {
				number = p.number
			}
		}
		end, l, ended := w.Upstream.Read(number, c.Stream)
		switch {
		case !ended:
			w.Complain("sweep", "%s, but the list was not read to its end", words(c))
		case end.Resumed:
			w.Complain("sweep", "%s, but the read was a resumed one", words(c))
		case c.Stream == upstream.Users && w.Upstream.WasRefused(number):
			w.Complain("sweep", "%s, but a part of the list was refused", words(c))
		case w.Model.State(c.Stream, l.Version)[c.Key] != "":
			w.Complain("sweep", "%s, but the list held it", words(c))
		}
	}
}
