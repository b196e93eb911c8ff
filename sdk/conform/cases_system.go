package conform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// system is a system in a bad state: the scenario of Config, else the recorded one, else a
// fault.
type system struct {
	given    *Scenario
	recorded string
	fault    replay.Fault
	code     string
}

// inSystem runs a check. One of its failures must have the code.
func (k *kit) inSystem(ctx context.Context, s system) (checked, error) {
	if s.given != nil {
		return k.scenario(ctx, s.given, s.code)
	}
	if k.Fixture == nil {
		return checked{}, notTried("no such scenario was given, and there is no recording")
	}
	p := under(s.fault)
	if f, err := k.recorded(s.recorded); err == nil {
		p = play{scenario: f}
		s.code = cmp.Or(f.Expect.Code, s.code)
	}
	return k.checkUnder(ctx, p, s.code)
}

const checkNoRequests = notTried("its check sends no HTTP request through the host's proxy")

// checkUnder runs a check of the system in p. One of its failures must have the code.
func (k *kit) checkUnder(ctx context.Context, p play, code string) (checked, error) {
	st, err := k.stage(ctx, p)
	if err != nil {
		return checked{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	got, err := st.check(ctx, checkLimit)
	if err != nil {
		return got, err
	}
	if st.proxy.Count(nil) == 0 {
		return got, checkNoRequests
	}
	return got, got.has(code)
}

// has returns an error unless a failure has that code; "" accepts any result.
func (c checked) has(code string) error {
	if code == "" || slices.ContainsFunc(c.failed(), func(p *connectorv1.Probe) bool { return p.GetError().GetCode() == code }) {
		return nil
	}
	return fmt.Errorf("no failure with code %s: %s", code, c)
}

func tryBadCredential(ctx context.Context, k *kit) error {
	_, err := k.inSystem(ctx, system{k.BadCredential, "bad-credential", replay.Fault{Status: http.StatusUnauthorized}, "auth.invalid"})
	return err
}

func tryMissingPermission(ctx context.Context, k *kit) error {
	given, want := k.MissingPermission, ""
	if given != nil {
		want = given.Permission
	} else if f, err := k.recorded("missing-permission"); err == nil {
		want = f.Expect.Permission
	} else if k.Fixture != nil {
		return k.eachForbidden(ctx)
	}
	got, err := k.inSystem(ctx, system{given: given, recorded: "missing-permission", code: "permission.missing"})
	if err != nil {
		return err
	}
	for _, p := range got.failed() {
		if p.GetPermission() != want && !slices.Contains(p.GetError().GetPermissions(), want) {
			return fmt.Errorf("probe %q failed and does not name permission %q: %s", p.GetId(), want, got)
		}
	}
	return nil
}

// eachForbidden forbids the requests of a check one by one. The kit does not know which of
// them needs a permission, so one report of a missing permission is enough.
func (k *kit) eachForbidden(ctx context.Context) error {
	st, err := k.stage(ctx, play{})
	if err != nil {
		return err
	}
	if len(st.described.GetPermissions()) == 0 {
		return notTried("it declares no permissions")
	}
	if _, err := st.check(ctx, 0); err != nil {
		return err
	}
	names := (&outcome{visits: st.proxy.Visits()}).names()
	if len(names) == 0 {
		return checkNoRequests
	}
	var reports []string
	for _, name := range names {
		got, err := k.checkUnder(ctx, under(replay.Fault{Only: named(name), Status: http.StatusForbidden}), "")
		if err != nil {
			return err
		}
		for _, p := range got.failed() {
			for _, declared := range st.described.GetPermissions() {
				if p.GetPermission() == declared.GetId() || slices.Contains(p.GetError().GetPermissions(), declared.GetId()) {
					return nil
				}
			}
		}
		reports = append(reports, name+" "+got.String())
	}
	if visits := (&outcome{visits: st.proxy.Visits()}).asked(); oneAddress(visits) {
		return notTried("every request of its check has the same address, so the sign-in is forbidden, too: record scenarios/missing-permission")
	}
	return fmt.Errorf("whichever request is forbidden, no failure names a declared permission: %s", strings.Join(reports, "; "))
}

// oneAddress reports whether several questions are sent to one address, as those of an RPC API are.
func oneAddress(visits []replay.Visit) bool {
	questions := map[string]bool{}
	addresses := map[string]bool{}
	for _, v := range visits {
		if v.Method != http.MethodHead { // asks whether the host answers
			questions[v.Name()+string(v.Body)], addresses[v.Name()] = true, true
		}
	}
	return len(addresses) == 1 && len(questions) > 1
}

func tryWrongTenant(ctx context.Context, k *kit) error {
	_, err := k.inSystem(ctx, system{k.WrongTenant, "wrong-tenant", replay.Fault{Status: http.StatusNotFound}, "notfound.endpoint"})
	return err
}

func tryNetwork(ctx context.Context, k *kit) error {
	if len(k.Network) == 0 && k.Fixture == nil {
		return notTried("no scenarios of a failing network were given, and there is no recording")
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(k.Network)) {
		if _, err := k.scenario(ctx, k.Network[name], "network."+name); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if len(k.Network) > 0 {
		return errors.Join(errs...)
	}
	for _, one := range []struct {
		code string
		play play
	}{
		{"network.dns", under(replay.Fault{Refuse: "dns"})},
		{"network.connect", under(replay.Fault{Refuse: "refused"})},
		{"network.timeout", under(replay.Fault{Refuse: "timeout"})},
		{"network.proxy", under(replay.Fault{Refuse: "proxy"})},
		{"network.tls", play{untrusted: true}},
	} {
		if one.play.untrusted && !encrypted(k.Fixture) {
			continue
		}
		_, err := k.checkUnder(ctx, one.play, one.code)
		if err != nil {
			err = fmt.Errorf("%s: %w", one.code, err)
		}
		errs = append(errs, err)
	}
	return judge(errs...)
}

// encrypted reports whether the recorded system speaks TLS.
func encrypted(f *replay.Fixture) bool {
	return slices.ContainsFunc(f.Exchanges, func(e replay.Exchange) bool { return strings.HasPrefix(e.URL, "https:") })
}

func tryClockSkew(ctx context.Context, k *kit) error {
	off := time.Now().Add(-10 * time.Minute).UTC().Format(http.TimeFormat)
	got, err := k.inSystem(ctx, system{k.ClockSkew, "clock-skew", replay.Fault{Header: map[string]string{"Date": off}}, ""})
	if err != nil {
		return err
	}
	said := slices.Clone(got.logs)
	for _, p := range got.probes {
		said = append(said, p.GetTitle(), p.GetMessage(), p.GetError().GetMessage())
	}
	if !strings.Contains(strings.ToLower(strings.Join(said, "\n")), "clock") {
		return fmt.Errorf("no probe and no log line mentions the clock: %s", got)
	}
	return nil
}

// tryCheckEnds runs checks of a system that never answers.
func tryCheckEnds(ctx context.Context, k *kit) error {
	const given, patience = time.Second, 5 * time.Second
	st, err := k.stage(ctx, under(replay.Fault{Stall: true}))
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, given+patience)
	defer cancel()
	if _, err := st.check(limited, given); err != nil {
		return fmt.Errorf("with a limit of %s: %w", given, err)
	}
	if st.proxy.Count(nil) == 0 {
		return checkNoRequests
	}
	short, cut := context.WithTimeout(ctx, given)
	defer cut()
	_, _ = st.check(short, 0)
	after, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if _, err := st.Describe(after, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe after a check that was cancelled: %w", err)
	}
	return nil
}

func tryOnlyReads(ctx context.Context, k *kit, full *outcome) error {
	st, err := k.stage(ctx, play{})
	if err != nil {
		return err
	}
	if _, err := st.check(ctx, checkLimit); err != nil {
		return err
	}
	for _, v := range append(full.asked(), st.proxy.Visits()...) {
		switch v.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodConnect, "REPORT", "QUERY", "PROPFIND":
		default:
			return fmt.Errorf("it sends %s", v.Name())
		}
	}
	return nil
}
