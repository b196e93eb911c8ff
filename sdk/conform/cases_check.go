package conform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// checkCases are about settings and the live check.
func checkCases() []Case {
	return []Case{
		{"V1", Must, "the check of empty settings names what is missing", onCheck(tryEmpty)},
		{"V2", Must, "each missing required setting is named", onCheck(tryMissing)},
		{"V3", Must, "a setting of the wrong type is named", onCheck(tryWrongType)},
		{"V4", Must, "over-long and odd texts do no harm", onCheck(tryOddTexts)},
		{"V5", Must, "an unknown setting is named, if the schema forbids unknown settings", onCheck(tryUnknownSetting)},
		{"V6", Must, "wrong settings are reported without a request", onCheck(tryOffline)},
		{"V7", Must, "right settings pass the check", tryRight},
		{"V8", Must, "a refused credential is reported as one", tryBadCredential},
		{"V9", Must, "a missing permission is named, the rest passes", tryMissingPermission},
		{"V10", Must, "a wrong tenant or address is reported as one", tryWrongTenant},
		{"V11", Must, "each failure of the network has its code", tryNetwork},
		{"V12", Should, "a clock that is ten minutes off is reported", tryClockSkew},
		{"V13", Must, "a check ends at its time limit, and when it is cancelled", tryCheckEnds},
		{"V14", Must, "no request could change something upstream", onRequests(tryOnlyReads)},
	}
}

func tryEmpty(ctx context.Context, c *checker) error {
	got, err := c.ask(ctx, credentials{settings: map[string]any{}})
	if err != nil {
		return err
	}
	for _, name := range c.schema.Required {
		if !got.names(name) {
			return fmt.Errorf("the missing setting %q is not named: %s", name, got)
		}
	}
	return nil
}

// wrongSetting runs a check that must name the setting p.
func (c *checker) wrongSetting(ctx context.Context, p property, with credentials) error {
	got, err := c.ask(ctx, with)
	if err != nil {
		return fmt.Errorf("setting %q: %w", p.name, err)
	}
	if !got.names(p.name) {
		return fmt.Errorf("setting %q is not named: %s", p.name, got)
	}
	return nil
}

func tryMissing(ctx context.Context, c *checker) error {
	if len(c.schema.Required) == 0 {
		return notTried("no setting is required")
	}
	var errs []error
	for _, p := range c.schema.all() {
		if slices.Contains(c.schema.Required, p.name) {
			errs = append(errs, c.wrongSetting(ctx, p, c.base.with(p, nil)))
		}
	}
	return errors.Join(errs...)
}

func tryWrongType(ctx context.Context, c *checker) error {
	var errs []error
	for _, p := range c.schema.all() {
		if !p.WriteOnly && p.Type != "" {
			errs = append(errs, c.wrongSetting(ctx, p, c.base.with(p, p.wrongFor())))
		}
	}
	return errors.Join(errs...)
}

func tryOddTexts(ctx context.Context, c *checker) error {
	texts := map[string]string{
		"100,000 letters":    strings.Repeat("x", 100_000),
		"control characters": "a\x00b\x07\x1b[31m\r\n\u202e\u2028c",
		"other scripts":      "日本語 🎉 é̀",
	}
	for _, p := range c.schema.all() {
		if p.Type != "string" || len(p.Enum) > 0 || len(p.OneOf) > 0 {
			continue
		}
		for _, what := range slices.Sorted(maps.Keys(texts)) {
			if _, err := c.ask(ctx, c.base.with(p, texts[what])); err != nil {
				return fmt.Errorf("%s in setting %q: %w", what, p.name, err)
			}
		}
	}
	if _, err := c.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe afterwards: %w", err)
	}
	return nil
}

func tryUnknownSetting(ctx context.Context, c *checker) error {
	unknown := property{name: "no_such_setting"}
	got, err := c.ask(ctx, c.base.with(unknown, "x"))
	if err != nil {
		return err
	}
	if c.schema.closed() && !got.names(unknown.name) {
		return fmt.Errorf("it is not named: %s", got)
	}
	return nil
}

func tryOffline(ctx context.Context, c *checker) error {
	wrong, err := c.someWrong()
	if err != nil {
		return err
	}
	requests := c.kit.Requests
	if requests == nil {
		requests = func() int { return 0 }
	}
	before := requests()
	got, err := c.ask(ctx, wrong)
	if err != nil {
		return err
	}
	if n := requests() - before; n != 0 {
		return fmt.Errorf("it sent %d requests", n)
	}
	for _, p := range got.probes {
		if p.GetError().GetConfigPath() == "" && p.GetState() != connectorv1.Probe_STATE_SKIPPED {
			return fmt.Errorf("probe %q was tried: %s", p.GetId(), got)
		}
	}
	return nil
}

// someWrong returns settings that break the schema.
func (c *checker) someWrong() (credentials, error) {
	for _, p := range c.schema.all() {
		if slices.Contains(c.schema.Required, p.name) {
			return c.base.with(p, nil), nil
		}
		if !p.WriteOnly && p.Type != "" {
			return c.base.with(p, p.wrongFor()), nil
		}
	}
	return credentials{}, notTried("there is no setting that could be wrong")
}

func tryRight(ctx context.Context, k *kit) error {
	if !k.Live {
		return notTried("the settings do not reach a working system")
	}
	c, err := k.checker(ctx)
	if err != nil {
		return err
	}
	got, err := c.ask(ctx, c.base)
	if err != nil {
		return err
	}
	passed := 0
	for _, p := range got.probes {
		switch p.GetState() {
		case connectorv1.Probe_STATE_OK:
			passed++
		case connectorv1.Probe_STATE_UNKNOWN, connectorv1.Probe_STATE_TOO_BROAD:
		default:
			if p.GetRequired() || p.GetState() == connectorv1.Probe_STATE_RUNNING {
				return fmt.Errorf("probe %q did not pass: %s", p.GetId(), got)
			}
		}
	}
	if passed == 0 {
		return errors.New("no probe passed")
	}
	return nil
}

// scenario runs a check in a scenario. One of its failures must have the code.
func (k *kit) scenario(ctx context.Context, s *Scenario, code string) (checked, error) {
	c, err := k.checker(ctx)
	if err != nil {
		return checked{}, err
	}
	with := c.base
	if s.Settings != nil {
		raw, err := encodeSettings(s.Settings)
		if err == nil {
			err = decodeSettings(raw, &with.settings)
		}
		if err != nil {
			return checked{}, err
		}
	}
	if s.Secrets != nil {
		with.secrets = s.Secrets
	}
	got, err := c.ask(ctx, with)
	if err != nil {
		return got, err
	}
	return got, got.has(cmp.Or(s.Code, code))
}
