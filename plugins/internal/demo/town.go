package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"sync/atomic"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// town is the vendors of one company.
type town struct {
	company *company.Company
	dir     string
	shops   []*shop
}

// shop is one vendor.
type shop struct {
	*tale
	simulator simulator                    // unless it has files
	current   atomic.Pointer[http.Handler] // of the present day
}

// newTown opens the shops of the story.
func newTown(dir string, people int) (*town, error) {
	t := &town{dir: dir, company: company.New(company.Size{
		People: people, DaysLater: int(time.Since(company.Date(days)).Hours()) / 24,
	})}
	for _, one := range tales(time.Now()) {
		s := &shop{tale: one}
		if one.files == nil {
			var err error
			if s.simulator, err = simulatorOf(one.connector); err != nil {
				return nil, err
			}
			s.Also = t.offDays(one.connector)
		}
		t.shops = append(t.shops, s)
	}
	return t, t.move(0)
}

// offDays returns the days on which somebody's second factor is off for one day alone. A sync on the
// day shows it.
func (t *town) offDays(connector string) (all []int) {
	for _, f := range t.company.Flaws() {
		if f.Kind == "mfa-off-for-a-day" && f.Table == "accounts("+connector+")" && !slices.Contains(all, f.From) {
			all = append(all, f.From)
		}
	}
	return all
}

// move makes the company that of a day.
func (t *town) move(day int) error {
	at := t.company.At(company.Date(day))
	for _, s := range t.shops {
		if s.files != nil {
			if _, err := s.files(day, at, t.dir); err != nil {
				return err
			}
			continue
		}
		mode := vendor.Mode{Small: true, Company: t.company, Day: company.Date(day)}
		answer := http.Handler(nil)
		switch trouble := s.trouble(day); {
		case trouble == nil:
		case trouble.status != 0:
			answer = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, trouble.body, trouble.status)
			})
		default:
			mode.Refuse, mode.Without = trouble.refuse, trouble.without
		}
		if answer == nil {
			answer = s.simulator.open(mode)
		}
		s.current.Store(&answer)
	}
	return nil
}

// Answer implements replay.Upstream.
func (t *town) Answer(ctx context.Context, q replay.Request) (replay.Answer, error) {
	for _, s := range t.shops {
		if !s.serves(q.URL.Hostname()) {
			continue
		}
		r, err := http.NewRequestWithContext(ctx, q.Method, q.URL.String(), bytes.NewReader(q.Body))
		if err != nil {
			return replay.Answer{}, fmt.Errorf("make request: %w", err)
		}
		r.Header = q.Header
		w := httptest.NewRecorder()
		(*s.current.Load()).ServeHTTP(w, r)
		return replay.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}, nil
	}
	return replay.Answer{Status: http.StatusNotFound, Header: http.Header{}, Body: []byte("the company has no such vendor\n")}, nil
}

// serves reports whether a host is the vendor's.
func (s *shop) serves(host string) bool {
	for _, pattern := range s.hosts {
		if matched, err := path.Match(pattern, host); err == nil && matched {
			return true
		}
	}
	return false
}

// connection is a connection of the demo, as `plumbline demo` adds and syncs it.
type connection struct {
	Connector string            `json:"connector"`
	Alias     string            `json:"alias"`
	Settings  json.RawMessage   `json:"settings"`
	Secrets   map[string]string `json:"secrets,omitempty"`
	Schedule  string            `json:"schedule"`
	Added     int               `json:"added"`
	Every     int               `json:"every"`
	Also      []int             `json:"also,omitempty"`
	Until     int               `json:"until,omitempty"`
	Paused    string            `json:"paused,omitempty"`
}

func (t *town) connections() ([]connection, error) {
	all := []connection{}
	for _, s := range t.shops {
		c := s.connection
		c.Connector, c.Alias = s.connector, s.alias()
		var settings map[string]any
		var err error
		if s.files != nil {
			settings, err = s.files(0, t.company.At(company.Date(0)), t.dir)
		} else {
			settings, c.Secrets = s.simulator.settings, s.simulator.secrets
		}
		if err == nil {
			c.Settings, err = json.Marshal(settings)
		}
		if err != nil {
			return nil, fmt.Errorf("settings of %s: %w", c.Alias, err)
		}
		all = append(all, c)
	}
	return all, nil
}
