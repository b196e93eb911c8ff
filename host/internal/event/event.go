package event

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Event is a hint that something changed.
type Event struct {
	Seq   uint64    `json:"seq" doc:"Counts up over the life of the host; a restarted host goes on higher"`
	Topic string    `json:"topic" enum:"connection,run,check,connector,task,view,draft,host,account,summary,assistant,notification,test"`
	ID    string    `json:"id" doc:"Of the thing that changed; of the topics account and connector empty when it is several, of the topic summary the connection, empty for its settings"`
	Kind  string    `json:"kind" doc:"What happened to it, e.g. created, changed, finished; progress of a run that goes on"`
	At    time.Time `json:"at"`

	Connection string `json:"connection,omitempty" doc:"Id of the connection, where the topic is connection or run"`
}

// Kinds of hints of a run.
const (
	KindProgress = "progress" // only the run's figures changed
	KindFinished = "finished"
)

// Log has the latest events. Its methods may be called from any goroutine.
type Log struct {
	size int
	base uint64 // number before the first event of this process

	mu     sync.Mutex
	events []Event       // oldest first, at most size
	last   uint64        // number of the newest event, or base
	wake   chan struct{} // closed by the next Publish
}

// New returns an empty log of the latest size events (at least one).
func New(size int) *Log {
	base := uint64(time.Now().UnixMilli()) * 1000
	return &Log{size: max(size, 1), base: base, last: base, wake: make(chan struct{})}
}

// Publish appends an event and wakes every waiter. An event that repeats the newest one
// replaces it under a new number, so a burst of equal hints fills no log.
func (l *Log) Publish(topic, id, kind string) Event {
	e := Event{Topic: topic, ID: id, Kind: kind}
	if topic == "connection" {
		e.Connection = id
	}
	return l.publish(e)
}

// PublishRun is Publish for a run of a connection.
func (l *Log) PublishRun(connection, run, kind string) Event {
	return l.publish(Event{Topic: "run", ID: run, Kind: kind, Connection: connection})
}

func (l *Log) publish(e Event) Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	e.Seq, e.At = l.last, time.Now().UTC()
	if n := len(l.events); n > 0 && l.events[n-1].repeats(e) {
		l.events = l.events[:n-1]
	}
	if len(l.events) == l.size {
		l.events = slices.Delete(l.events, 0, 1)
	}
	l.events = append(l.events, e)
	close(l.wake)
	l.wake = make(chan struct{})
	return e
}

// Last returns the number of the newest event.
func (l *Log) Last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// Wait returns the events after a number, and the number to ask with next. It waits for an
// event until ctx ends. Reset says that the reader missed events: it fetches everything
// and goes on from last.
func (l *Log) Wait(ctx context.Context, after uint64) (events []Event, last uint64, reset bool) {
	for {
		events, last, reset, wake := l.since(after)
		if reset || len(events) > 0 {
			return events, last, reset
		}
		select {
		case <-ctx.Done():
			return nil, last, false
		case <-wake:
		}
	}
}

// WaitPaced is Wait that collects progress of runs for pace before it returns. Any other event ends the wait at once.
func (l *Log) WaitPaced(ctx context.Context, after uint64, pace time.Duration) (events []Event, last uint64, reset bool) {
	paced, cancel := context.WithTimeout(ctx, pace)
	defer cancel()
	for seen := after; ; {
		news, end, reset := l.Wait(paced, seen)
		switch {
		case reset:
			return nil, end, true
		case paced.Err() != nil && len(news) == 0:
			return l.Wait(ctx, after)
		case slices.ContainsFunc(news, Event.urgent):
			return l.Wait(ctx, after)
		}
		seen = end
	}
}

// since returns at once, with the channel that the next event closes.
func (l *Log) since(after uint64) (events []Event, last uint64, reset bool, wake <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if after > l.last || after < l.base || l.droppedLocked(after) {
		return nil, l.last, true, l.wake
	}
	first := slices.IndexFunc(l.events, func(e Event) bool { return e.Seq > after })
	if first >= 0 {
		events = slices.Clone(l.events[first:])
	}
	return events, l.last, false, l.wake
}

// droppedLocked reports whether an event after a number may have left the log. Only a full
// log drops events; a replaced one has its successor in the log.
func (l *Log) droppedLocked(after uint64) bool {
	return len(l.events) == l.size && after+1 < l.events[0].Seq
}

// urgent reports whether e is more than progress of a run.
func (e Event) urgent() bool { return e.Topic != "run" || e.Kind == KindFinished }

// repeats reports whether e is f at another moment.
func (e Event) repeats(f Event) bool {
	return e.Topic == f.Topic && e.ID == f.ID && e.Kind == f.Kind
}
