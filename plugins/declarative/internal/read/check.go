package read

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/request"
	"github.com/plumbline-dev/plumbline/sdk"
)

// trial is one probe of the check.
type trial struct {
	probe sdk.Probe
	try   func(ctx context.Context) (string, error)
}

// check reaches the host, signs in, and tries each permission and each stream.
func (r *runner) check(ctx context.Context, report *sdk.Report) error {
	client, err := r.caller.Base(ctx)
	if err != nil {
		return err
	}
	signIn, rest := r.signInTrials(report), append(r.permissionTrials(), r.streamTrials()...)
	if err := report.ReachURL(ctx, client); err != nil {
		skip(report, append(signIn, rest...), "Not tried: the host was not reached.")
		return err
	}
	for i, t := range signIn {
		if err := report.Do(ctx, t.probe, t.try); err != nil {
			skip(report, append(signIn[i+1:], rest...), "Not tried: the credential was not accepted.")
			return err
		}
	}
	var errs []error
	for _, t := range rest {
		errs = append(errs, report.Do(ctx, t.probe, t.try))
	}
	return errors.Join(errs...)
}

func skip(r *sdk.Report, trials []trial, why string) {
	for _, t := range trials {
		r.Skip(t.probe, why)
	}
}

// signInTrials are those that the credential has to pass.
func (r *runner) signInTrials(report *sdk.Report) (all []trial) {
	if r.signer.Asks() {
		all = append(all, trial{sdk.Probe{ID: "sign_in", Title: "Sign in"}, func(ctx context.Context) (string, error) {
			return "The sign-in gives a token.", r.signer.Ready(ctx)
		}})
	}
	if r.plan.Check != nil {
		all = append(all, trial{sdk.Probe{ID: "authenticate", Title: "Credential"}, func(ctx context.Context) (string, error) {
			return r.whoAmI(ctx, report)
		}})
	}
	return all
}

func (r *runner) whoAmI(ctx context.Context, report *sdk.Report) (string, error) {
	call, err := r.caller.Prepare(ctx, r.plan.Check.Request, r.caller.Scope)
	if err != nil {
		return "", err
	}
	answer, err := r.caller.Send(ctx, call)
	if err != nil {
		return "", err
	}
	who, err := r.plan.Check.Identity.Value(ctx, answer.Scope(r.caller.Scope))
	if err != nil {
		return "", sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if name, ok := who.(string); ok && name != "" {
		report.Identity(name)
		return "Signed in as " + name + ".", nil
	}
	return "The credential is accepted.", nil
}

// permissionTrials try the permissions that have a probe of their own.
func (r *runner) permissionTrials() (all []trial) {
	for _, p := range r.plan.Permissions {
		if p.Probe == nil {
			continue
		}
		all = append(all, trial{
			sdk.Probe{ID: "permission." + p.File.ID, Title: "Permission " + p.File.ID, Permission: p.File.ID, Optional: p.File.Optional},
			func(ctx context.Context) (string, error) { return r.tryPermission(ctx, p) },
		})
	}
	return all
}

// tryPermission finds out whether a permission was granted. What is not an answer to that
// leaves it unknown.
func (r *runner) tryPermission(ctx context.Context, p *plan.Permission) (string, error) {
	call, err := r.caller.Prepare(ctx, p.Probe, r.caller.Scope)
	if err != nil {
		return "", err
	}
	call.Permissions = []string{p.File.ID}
	answer, err := r.caller.Send(ctx, call)
	if err != nil {
		switch e := sdk.AsError(err); e.Code {
		case sdk.CodePermissionLicence:
			e := *e
			e.Message = "Not on the present plan: " + e.Message
			return "", &e
		case sdk.CodeUpstream5xx, sdk.CodeUpstreamInvalidResponse, sdk.CodeUpstreamMaintenance, sdk.CodeNotFoundEndpoint,
			sdk.CodeNotFoundResource, sdk.CodeRateLimited:
			return "", sdk.Undetermined("It could not be found out: %s.", strings.TrimSuffix(e.Message, "."))
		}
		return "", err
	}
	broad, err := p.Broad.Value(ctx, answer.Scope(r.caller.Scope))
	if err != nil {
		return "", sdk.Undetermined("Granted; whether more than that was granted could not be found out: %s.", err.Error())
	}
	if broad == true {
		return "", sdk.TooBroad("Granted, and more than this connector needs.")
	}
	return "Granted.", nil
}

// streamTrials read the first page of each stream and of each join.
func (r *runner) streamTrials() (all []trial) {
	var tried []string // permissions that have a probe already
	for _, p := range r.plan.Permissions {
		if p.Probe != nil {
			tried = append(tried, p.File.ID)
		}
	}
	for _, s := range r.plan.Streams {
		probe := sdk.Probe{ID: "stream." + s.File.Name, Title: "Read " + strings.ToLower(s.File.Title), Optional: len(s.File.Permissions) > 0}
		for _, id := range s.File.Permissions {
			if probe.Permission == "" && !slices.Contains(tried, id) {
				probe.Permission = id
			}
			probe.Optional = probe.Optional && r.optional(id)
		}
		tried = append(tried, probe.Permission)
		all = append(all, trial{probe, func(ctx context.Context) (string, error) { return r.tryStream(ctx, s) }})
	}
	for _, s := range r.plan.Streams {
		for _, j := range s.Joins {
			probe := sdk.Probe{ID: "join." + j.List.File.Name, Title: "Read " + strings.ReplaceAll(j.File.As, "_", " "), Optional: j.File.Optional}
			if id := j.File.Permission; !slices.Contains(tried, id) {
				probe.Permission = id
				tried = append(tried, id)
			}
			all = append(all, trial{probe, func(ctx context.Context) (string, error) { return r.tryStream(ctx, j.List) }})
		}
	}
	return all
}

func (r *runner) optional(permission string) bool {
	return slices.ContainsFunc(r.plan.Permissions, func(p *plan.Permission) bool { return p.File.ID == permission && p.File.Optional })
}

// tryStream reads the first page of a stream, for the first item above it.
func (r *runner) tryStream(ctx context.Context, s *plan.Stream) (string, error) {
	in, found, err := r.firstScope(ctx, s)
	if err != nil {
		return "", err
	}
	if !found {
		return "", sdk.Undetermined("There is nothing yet for which it could be read.")
	}
	p, err := r.firstPage(ctx, s, in)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The first page has %d.", len(p.items)), nil
}

func (r *runner) firstPage(ctx context.Context, s *plan.Stream, in plan.Scope) (page, error) {
	call, err := r.begin(ctx, s, in)
	if err != nil {
		return page{}, err
	}
	return r.fetch(ctx, s, in, call)
}

// firstScope returns the scope of the first item above a stream.
func (r *runner) firstScope(ctx context.Context, s *plan.Stream) (plan.Scope, bool, error) {
	d := &reading{runner: r, stream: s}
	in := r.caller.Scope
	if s.Incremental != nil {
		span, err := d.spanOf(ctx, s)
		if err != nil {
			return nil, false, err
		}
		windows := cutInto(span, s.Incremental.Window)
		in = in.With(windows[len(windows)-1].scope(s.Incremental.Format))
	}
	if s.Each == nil {
		return in, true, nil
	}
	var items []plan.Scope
	var err error
	if s.Each.Of == nil {
		items, err = literalItems(ctx, s, in)
	} else {
		items, err = r.firstItems(ctx, s, in)
	}
	if err != nil {
		return nil, false, err
	}
	for _, scope := range items {
		if yes, err := s.Each.Where.Value(ctx, scope); !s.Each.Where.Set() || err == nil && yes == true {
			return scope, true, nil
		}
	}
	return nil, false, nil
}

// firstItems returns the scopes of the items on the first page above a stream.
func (r *runner) firstItems(ctx context.Context, s *plan.Stream, in plan.Scope) (all []plan.Scope, err error) {
	above, found, err := r.firstScope(ctx, s.Each.Of)
	if err != nil || !found {
		return nil, err
	}
	p, err := r.firstPage(ctx, s.Each.Of, above)
	if err != nil {
		return nil, err
	}
	for _, raw := range p.items {
		item, err := request.Decode(raw)
		if err != nil {
			return nil, err
		}
		all = append(all, above.With(in).With(plan.Scope{s.Each.As: item}))
	}
	return all, nil
}
