package main

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// stored reads the records of a stream over the API, as of a moment or now.
func (w *world) stored(ctx context.Context, stream string, at time.Time) (map[string]string, error) {
	return w.storedOf(ctx, alias, stream, at)
}

// storedOf reads them of any connection.
func (w *world) storedOf(ctx context.Context, alias, stream string, at time.Time) (map[string]string, error) {
	query := url.Values{"stream": {stream}, "limit": {"1000"}}
	if !at.IsZero() {
		query.Set("as_of", at.Format(time.RFC3339Nano))
	}
	state := map[string]string{}
	for {
		var p struct {
			Items []host.Record `json:"items"`
			Next  string        `json:"next_cursor"`
		}
		if err := w.agent.get(ctx, "/connections/"+alias+"/records", query, &p); err != nil {
			return nil, err
		}
		for _, r := range p.Items {
			if strings.Contains(string(r.Data), w.canary) {
				w.complain("left", "record %s holds the token", r.Key)
			}
			if hashOf(r.Data) != r.Hash {
				w.complain("store", "record %s has the hash %.8s of another document", r.Key, r.Hash)
			}
			state[r.Key] = r.Hash
		}
		if p.Next == "" {
			return state, nil
		}
		query.Set("cursor", p.Next)
	}
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
func (w *world) storeOracle(ctx context.Context, runs []played, end bool) error {
	for _, stream := range []string{users, devices, findings} {
		now, err := w.stored(ctx, stream, time.Time{})
		if err != nil {
			return err
		}
		if d := differ(w.model.state(stream, w.model.moment()), now); end && d != "" {
			w.complain("store", "%s in the end: %s", stream, d)
		}
		if d := differ(streamOf(w.consumer.replay(), stream), now); d != "" {
			w.complain("log", "%s are not what the change log amounts to: %s", stream, d)
		}
		for _, p := range runs {
			if p.at.IsZero() {
				continue // nothing had ever been stored
			}
			then, err := w.stored(ctx, stream, p.at)
			if err != nil {
				return err
			}
			if d := differ(streamOf(p.settled, stream), then); d != "" {
				w.complain("store", "%s as of the end of run %d are not what they were: %s", stream, p.number, d)
			}
		}
	}
	return nil
}

// readOracle holds what a run left against what the upstream served it.
func (w *world) readOracle(p *played) {
	for _, step := range p.run.Steps {
		if step.Stream == "" || step.Status != host.StatusSucceeded {
			continue
		}
		got := streamOf(p.settled, step.Stream)
		end, l, ended := w.upstream.read(p.number, step.Stream)
		switch {
		case !ended:
			w.complain("truth", "run %d: %s succeeded, but was not read to the end", p.number, step.Stream)
		case step.Stream == findings:
			if p.before == p.after {
				if d := differ(w.model.state(findings, p.after), got); d != "" {
					w.complain("cursor", "run %d: findings after a complete read: %s", p.number, d)
				}
			}
		case end.resumed:
			want := w.model.state(step.Stream, l.version)
			for key := range got {
				if want[key] == "" {
					delete(got, key) // what is gone is judged by a whole read only
				}
			}
			if d := differ(want, got); d != "" {
				w.complain("cursor", "run %d: %s after a resumed read: %s", p.number, step.Stream, d)
			}
		default:
			if d := differ(w.model.state(step.Stream, l.version), got); d != "" {
				w.complain("store", "run %d: %s after a complete read: %s", p.number, step.Stream, d)
			}
		}
	}
}

// logOracle walks each record's story in the change log.
func (w *world) logOracle() {
	type story struct {
		hash string
		next int // first version it may become
	}
	stories := map[string]*story{}
	for _, c := range w.consumer.taken {
		name := id(c.Stream, c.Key)
		s := stories[name]
		if s == nil {
			s = &story{}
			stories[name] = s
		}
		switch {
		case (c.Kind == host.ChangeAdded) != (s.hash == "" && c.Kind != host.ChangeRemoved),
			c.Kind == host.ChangeRemoved && s.hash == "":
			w.complain("log", "%s is no step on from %.8q", words(c), s.hash)
		case c.Kind != host.ChangeRemoved && c.Hash == s.hash:
			w.complain("log", "%s is logged twice", words(c))
		}
		versions := w.model.versionsOf(c.Stream, c.Key)
		for s.next < len(versions) && (versions[s.next].gone != (c.Kind == host.ChangeRemoved) || versions[s.next].hash != c.Hash) {
			s.next++
		}
		if s.next == len(versions) {
			w.complain("log", "%s is no version the record had then or later", words(c))
		}
		s.hash = c.Hash
	}
}

// sweepOracle asks of every removal among these whether its run was entitled to it.
func (w *world) sweepOracle(changes []host.Change) {
	for _, c := range changes {
		if c.Kind != host.ChangeRemoved || c.Stream == findings {
			continue // the log oracle has seen the tombstone
		}
		number := 0
		for _, p := range w.runs {
			if p.run.ID == c.Run {
				number = p.number
			}
		}
		end, l, ended := w.upstream.read(number, c.Stream)
		switch {
		case !ended:
			w.complain("sweep", "%s, but the list was not read to its end", words(c))
		case end.resumed:
			w.complain("sweep", "%s, but the read was a resumed one", words(c))
		case c.Stream == users && w.upstream.wasRefused(number):
			w.complain("sweep", "%s, but a part of the list was refused", words(c))
		case w.model.state(c.Stream, l.version)[c.Key] != "":
			w.complain("sweep", "%s, but the list held it", words(c))
		}
	}
}
