package lowcode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/stream"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// chooseAuth makes the way in which most streams sign in that of the file.
func (m *importer) chooseAuth() {
	m.keep(func(s *stream.Stream) {
		for above := s; above != nil; above = above.Parent {
			above.Auth.Object()
		}
	})
	count := map[string]int{}
	for _, s := range m.streams {
		mark := s.Auth.Print()
		count[mark]++
		if mark != "" && (m.main.Print() == "" || count[mark] > count[m.main.Print()]) {
			m.main = s.Auth
		}
	}
	m.keep(func(s *stream.Stream) {
		for above := s; above != nil; above = above.Parent {
			if above.Auth.Object().Has("choose") && above.Auth.Print() != m.main.Print() {
				finding.Refuse("the stream lets a setting choose otherwise how to sign in, and only a file can do that")
			}
		}
	})
}

// keep leaves out the streams that try refuses.
func (m *importer) keep(try func(s *stream.Stream)) {
	m.streams = slices.DeleteFunc(m.streams, func(s *stream.Stream) bool {
		err := finding.Attempt(func() { try(s) })
		if err != nil {
			m.left.Add(s.Auth.Line, s.Name, "%s", err.Error())
		}
		return err != nil
	})
}

// network declares the hosts of the addresses.
func (m *importer) network() ([]*writing.Object, error) {
	var all []*writing.Object
	seen := map[string]bool{}
	add := func(address, purpose string, line int) error {
		hosts := expression.Hosts(address)
		if len(hosts) == 0 {
			return fmt.Errorf("line %d: the host of %s is known to a run alone", line, address)
		}
		for _, host := range hosts {
			name, port, _ := strings.Cut(host, ":")
			if seen[host] {
				continue
			}
			seen[host] = true
			o := writing.Pairs(line, "host", name)
			if n, err := strconv.Atoi(port); err == nil && n != 443 {
				o.Put("port", n)
			}
			o.Put("purpose", purpose)
			all = append(all, o)
		}
		return nil
	}
	for _, s := range m.streams {
		if err := add(s.Base, "The API.", s.Line); err != nil {
			return nil, err
		}
	}
	for _, text := range m.signInAddresses() {
		if err := add(text, "Signs in.", m.streams[0].Line); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// signInAddresses returns the addresses that give tokens.
func (m *importer) signInAddresses() (all []string) {
	var look func(o *writing.Object)
	look = func(o *writing.Object) {
		if o == nil {
			return
		}
		for _, key := range o.Keys {
			switch v := o.Values[key].(type) {
			case *writing.Object:
				look(v)
			case string:
				if key == "token_url" || key == "url" {
					all = append(all, v)
				}
			}
		}
	}
	look(m.main.Object())
	for _, s := range m.streams {
		look(s.Auth.Object())
	}
	return all
}
