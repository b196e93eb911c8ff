package conform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// checked is the result of a check.
type checked struct {
	probes []*connectorv1.Probe // the last report of each, in order of appearance
	done   bool
	logs   []string
}

// receiveCheck runs a check to its end.
func receiveCheck(ctx context.Context, client connectorv1.ConnectorClient, request *connectorv1.CheckRequest) (checked, error) {
	var c checked
	wire, err := client.Check(ctx, request)
	if err != nil {
		return c, fmt.Errorf("check: %w", err)
	}
	for {
		m, err := wire.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c, fmt.Errorf("check: %w", err)
		}
		c.take(m)
	}
	if !c.done {
		return c, errors.New("check: it ended without CheckDone")
	}
	return c, nil
}

func (c *checked) take(m *connectorv1.CheckResponse) {
	c.done = c.done || m.GetDone() != nil
	if l := m.GetLog(); l != nil {
		c.logs = append(c.logs, l.GetMessage())
	}
	p := m.GetProbe()
	if p == nil {
		return
	}
	for i := range c.probes {
		if c.probes[i].GetId() == p.GetId() {
			c.probes[i] = p
			return
		}
	}
	c.probes = append(c.probes, p)
}

// failed returns the probes that did not pass.
func (c checked) failed() []*connectorv1.Probe {
	return slices.DeleteFunc(slices.Clone(c.probes), func(p *connectorv1.Probe) bool {
		return p.GetState() != connectorv1.Probe_STATE_FAILED && p.GetState() != connectorv1.Probe_STATE_MISSING
	})
}

// names reports whether a failure points at the setting.
func (c checked) names(setting string) bool {
	pointer := "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(setting)
	return slices.ContainsFunc(c.failed(), func(p *connectorv1.Probe) bool {
		at := p.GetError().GetConfigPath()
		return at == pointer || strings.HasPrefix(at, pointer+"/")
	})
}

// String lists the probes and their states.
func (c checked) String() string {
	var words []string
	for _, p := range c.probes {
		word := p.GetId() + " " + strings.ToLower(strings.TrimPrefix(p.GetState().String(), "STATE_"))
		if e := p.GetError(); e != nil {
			word += fmt.Sprintf(" (%s %s)", e.GetCode(), e.GetConfigPath())
		}
		words = append(words, word)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// checker runs several checks in one process.
type checker struct {
	*session
	kit    *kit
	schema settingsSchema
	base   credentials
}

func (k *kit) checker(ctx context.Context) (*checker, error) {
	s, err := k.open(ctx, launch{})
	if err != nil {
		return nil, err
	}
	d, err := s.Describe(ctx, &connectorv1.DescribeRequest{})
	if err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	c := &checker{session: s, kit: k}
	if c.schema, err = readSettingsSchema(d); err != nil {
		return nil, err
	}
	c.base, err = k.base()
	return c, err
}

// onCheck makes a case of questions that one checker asks.
func onCheck(try func(context.Context, *checker) error) func(context.Context, *kit) error {
	return func(ctx context.Context, k *kit) error {
		c, err := k.checker(ctx)
		if err != nil {
			return err
		}
		return try(ctx, c)
	}
}

// checkLimit is the time limit in a CheckRequest, and answerLimit how long the kit waits
// for the end of the check.
const (
	checkLimit  = 5 * time.Second
	answerLimit = 15 * time.Second
)

func (c *checker) ask(ctx context.Context, with credentials) (checked, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	return receiveCheck(ctx, c, &connectorv1.CheckRequest{Credentials: with.wire(), Timeout: durationpb.New(checkLimit)})
}
