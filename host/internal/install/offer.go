package install

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// reading is a release that was read as far as its manifest, beside what is installed.
type reading struct {
	release.Release
	source  string
	entry   release.Entry
	had     bool
	confirm []offer.Typed
	more    host.Asks // beyond what was agreed to
}

// Offer reads a release as far as its manifest and says what installing it would mean.
func (i *Installer) Offer(ctx context.Context, request ReleaseRequest) (offer.Offer, error) {
	r, err := i.read(ctx, request)
	if err != nil {
		return offer.Offer{}, err
	}
	one := offer.Offer{
		Source: r.source, Manifest: r.Manifest, Signer: r.Signer, Consent: r.Consent(), New: r.more, Confirm: r.confirm,
	}
	if connector, err := i.config.Catalog.Lookup(ctx, r.ID); err == nil {
		one.Current = &offer.Current{Version: connector.Version, Trust: connector.Trust, Signer: r.entry.Current.Signer}
	}
	_, wrong := release.Program(r.Manifest, release.Here())
	if wrong == nil {
		wrong = release.CheckHost(r.Manifest, i.config.Version)
	}
	if wrong != nil {
		one.Problem = host.AsProblem(wrong)
	}
	return one, nil
}

// read reads a release as far as its manifest and finds out what a person has to agree to.
func (i *Installer) read(ctx context.Context, request ReleaseRequest) (reading, error) {
	if err := i.config.Inventory.Problem(); err != nil {
		return reading{}, err
	}
	source := request.Source
	if !release.IsReference(source) && !filepath.IsAbs(source) {
		return reading{}, host.Invalid("source", source, "must be an absolute path or a reference to a registry")
	}
	named := ""
	if request.Signer != "" {
		var err error
		if named, err = release.ParseSigner(request.Signer); err != nil {
			return reading{}, err
		}
	}
	head, err := readHead(ctx, source, named)
	if err != nil {
		return reading{}, err
	}
	r := reading{Release: head, source: source, confirm: []offer.Typed{}}
	r.entry, r.had = i.config.Inventory.Get(head.ID)
	r.more = head.Asks()
	if r.had {
		r.more = r.more.Beyond(r.entry.Current.Consented)
	}
	i.toConfirm(&r, named)
	return r, nil
}

func readHead(ctx context.Context, source, signer string) (release.Release, error) {
	from, err := release.Open(source)
	if err != nil {
		return release.Release{}, err
	}
	defer from.Close()
	return release.ReadHead(ctx, from, release.Options{Signer: signer, Unsigned: true})
}

// toConfirm finds out why a person has to type the connector's id, if they have.
func (i *Installer) toConfirm(r *reading, named string) {
	add := func(code, format string, args ...any) {
		r.confirm = append(r.confirm, offer.Typed{Code: code, Message: fmt.Sprintf(format, args...)})
	}
	current := r.entry.Current
	switch {
	case r.had && current.Signer != r.Signer && r.Signer == "":
		add(host.CodeReleaseUnsigned, "%s is installed signed by %s, and this release is not signed", r.ID, current.Signer)
	case r.had && current.Signer != r.Signer:
		add(host.CodeReleaseSigner, "%s is installed signed by %s, and this release is signed by %s",
			r.ID, cmp.Or(current.Signer, "no key"), r.Signer)
	case r.Signer == "":
		add(host.CodeReleaseUnsigned, "it is not signed: any person who can change the file can change the program")
	case !r.had && named == "" && !i.knowsSigner(r.Signer):
		add(host.CodeReleaseSigner, "its signer %s is new to this machine", r.Signer)
	}
	if r.had && release.CompareVersions(r.Version, current.Version) < 0 {
		add(host.CodeReleaseOlder, "%s %s is installed, and this release is older: %s", r.ID, current.Version, r.Version)
	}
}

// knowsSigner reports whether something else by this signer is installed.
func (i *Installer) knowsSigner(signer string) bool {
	for _, id := range i.config.Inventory.IDs() {
		if entry, _ := i.config.Inventory.Get(id); entry.Current.Signer == signer {
			return true
		}
	}
	return false
}

// permitted returns why a release is not installed as it was asked for, or nil. An
// update that asks for more waits instead, and is no failure.
func (r reading) permitted(request ReleaseRequest) (waits bool, err error) {
	switch {
	case request.Update && !r.had:
		return false, host.NotFound("connector", r.ID, "Install it first: `plumbline connector install "+r.source+"`.")
	case len(r.confirm) > 0 && (request.Update || request.Confirm != r.ID):
		return false, mustBeTyped(r)
	case request.Update && r.brokeBefore() && request.Consent != r.Consent():
		back := r.entry.RolledBack
		return false, host.Refused(host.CodeReleaseRolledBack, "Wait for a newer version, or install it by name to try again.",
			"%s %s was installed before and rolled back to %s: %s", r.ID, back.Version, back.To, back.Reason)
	case request.Consent == r.Consent(), request.Update && r.more.None():
		return false, nil
	case request.Update:
		return true, nil
	case request.Consent != "":
		return false, host.Refused(host.CodeReleaseConsent, "Look at the release again and agree to it.",
			"the release at %s is not the one that was agreed to", r.source)
	}
	return false, host.Refused(host.CodeReleaseConsent, "Look at the release and agree to it.", "%s %s waits for consent", r.ID, r.Version)
}

func mustBeTyped(r reading) error {
	var why []string
	for _, c := range r.confirm {
		why = append(why, c.Message)
	}
	remedy := "If you are sure, run `plumbline connector install " + r.source + "` on a terminal, where you can confirm it " +
		"by typing the connector's id; or name a signer's key you trust with --signer."
	return host.Refused(r.confirm[0].Code, remedy, "%s", strings.Join(why, "; "))
}

// brokeBefore reports whether the host rolled this very version back.
func (r reading) brokeBefore() bool {
	back := r.entry.RolledBack
	return back != nil && back.By == "host" && back.Version == r.Version
}
