package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

func (a *app) connectorInstallCommand() *cobra.Command {
	var signer string
	var yes bool
	c := &cobra.Command{
		Use: "install REF|FILE|DIR", Short: "Install a connector", Args: exactly(1),
		Long: "Shows a release, who signed it and what it asks for, and installs it when you agree. It verifies everything before\n" +
			"it keeps anything. Without a terminal, --yes agrees. For an unsigned release, for one whose signer you have not\n" +
			"named with --signer before, and for one older than the installed release, you have to type the connector's id.",
		Example: "  plumbline connector install okta.tar.gz --signer okta.key.pub\n" +
			"  plumbline connector install registry.example.com/connectors/okta:1.4.0 --signer RWQ… --yes",
	}
	c.Flags().StringVar(&signer, "signer", "", "public key that must have signed it: the key or its file")
	c.Flags().BoolVar(&yes, "yes", false, "agree without being asked")
	c.RunE = func(c *cobra.Command, args []string) error {
		request := usecase.ReleaseRequest{Source: args[0]}
		var err error
		if request.Signer, err = signerOf(signer); err != nil {
			return err
		}
		if !release.IsReference(args[0]) {
			if request.Source, err = filepath.Abs(args[0]); err != nil {
				return host.Invalid("release", args[0], "is no path").Because(err)
			}
		}
		return answered(a, func(ctx context.Context, client *calls.Client, _ []string) (t host.Task, err error) {
			offer, err := client.OfferRelease(ctx, request)
			if err != nil {
				return t, err
			}
			if offer.Problem != nil {
				return t, offer.Problem
			}
			if err := a.agree(offer, yes, &request); err != nil {
				return t, err
			}
			return a.install(ctx, client, request)
		}, printInstalled)(c, args)
	}
	return c
}

func (a *app) install(ctx context.Context, client *calls.Client, request usecase.ReleaseRequest) (host.Task, error) {
	started, err := client.InstallRelease(ctx, request)
	if err != nil {
		return started, err
	}
	return a.followTask(ctx, client, started)
}

func printInstalled(w io.Writer, t host.Task) error {
	if waiting := t.Installation.Waiting; waiting != nil {
		asks := strings.Join(release.AskNames(waiting.New), ", ")
		return say(w, "%s %s is waiting for consent: it asks for %s\n", t.Connector, waiting.Version, asks)
	}
	return say(w, "%s %s is installed\n", t.Connector, t.Installation.Version)
}

// agree shows an offer and asks for consent. Only a person can type the id that
// some offers need; no flag replaces it.
func (a *app) agree(one offer.Offer, yes bool, request *usecase.ReleaseRequest) error {
	if !a.json {
		printOffer(a.errs, one)
	}
	request.Consent = one.Consent
	switch {
	case len(one.Confirm) > 0 && !a.canAsk():
		return refuseHeadless(one)
	case len(one.Confirm) > 0:
		typed, err := a.ask("Type the connector's id to install it all the same: ")
		if err == nil && typed != one.Manifest.ID {
			err = declined(one)
		}
		request.Confirm = typed
		return err
	case yes:
		return nil
	case !a.canAsk():
		message := fmt.Sprintf("%s %s needs consent, and there is no terminal to ask on", one.Manifest.ID, one.Manifest.Version)
		return refusal(host.CodeReleaseConsent, message, "Read what it asks for, and add --yes.")
	}
	answer, err := a.ask("Install it? [y/N] ")
	if answer = strings.ToLower(answer); err == nil && answer != "y" && answer != "yes" {
		err = declined(one)
	}
	return err
}

func refuseHeadless(one offer.Offer) error {
	why := each(one.Confirm, func(c offer.Typed) string { return c.Message })
	return refusal(one.Confirm[0].Code, strings.Join(why, "; "),
		"Run this on a terminal, where you can confirm it by typing the connector's id; or name a signer's key you trust with --signer.")
}

func declined(one offer.Offer) error {
	return refusal(host.CodeCancelled, one.Manifest.ID+" was not installed: you did not agree", "")
}

func printOffer(w io.Writer, o offer.Offer) {
	m := o.Manifest
	fmt.Fprintf(w, "%s %s  %s\n", m.ID, m.Version, oneLine(m.Summary))
	fmt.Fprintf(w, "  from       %s\n", o.Source)
	fmt.Fprintf(w, "  signed by  %s\n", cmp.Or(o.Signer, "NOBODY"))
	if c := o.Current; c != nil {
		fmt.Fprintf(w, "  replaces   %s (%s)\n", c.Version, loud(c.Trust))
	}
	if needs := requirements(m); needs != "" {
		fmt.Fprintf(w, "  requires   %s\n", oneLine(needs))
	}
	var fresh []string
	if o.Current != nil {
		fresh = release.AskNames(o.New)
	}
	for _, line := range askLines(m.Asks(), fresh) {
		fmt.Fprintln(w, line)
	}
	for _, c := range o.Confirm {
		fmt.Fprintf(w, "  WARNING    %s\n", c.Message)
	}
}

func (a *app) connectorUpdateCommand() *cobra.Command {
	var all, yes bool
	c := &cobra.Command{
		Use: "update [CONNECTOR]", Short: "Update installed connectors", Args: atMost(1),
		Long: "Installs a newer release from where the connector was installed from. Plumbline tries the new version with the stored\n" +
			"settings before it replaces the old one. When the new version breaks before its first complete sync, Plumbline uses\n" +
			"the old one again. A version that asks for more than you agreed to waits for your consent; the exit code is then 8.",
		Example: "  plumbline connector update okta\n  plumbline connector update --all",
	}
	c.Flags().BoolVar(&all, "all", false, "every installed connector")
	c.Flags().BoolVar(&yes, "yes", false, "agree to what a version newly asks for, without being asked")
	c.RunE = func(c *cobra.Command, args []string) error {
		if all == (len(args) == 1) {
			return usagef("name a connector, or give --all\nUsage: %s", c.UseLine())
		}
		return a.with(c.Context(), func(client *calls.Client) error { return a.update(c.Context(), client, strings.Join(args, ""), yes) })
	}
	return c
}

func (a *app) update(ctx context.Context, client *calls.Client, connector string, yes bool) error {
	offers, err := client.Updates(ctx, connector)
	if err != nil {
		return err
	}
	var done []host.Task
	var failed several
	waiting := false
	for _, offer := range offers {
		t, err := a.updateOne(ctx, client, offer, yes)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		done = append(done, t)
		waiting = waiting || t.Installation.Waiting != nil
	}
	if err := emit(a, itemsOf(done), func(w io.Writer, done operation.Items[host.Task]) error {
		if len(offers) == 0 {
			return say(w, "There is nothing newer.\n")
		}
		for _, t := range done.Items {
			if err := printInstalled(w, t); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if len(failed) > 0 {
		return failed
	}
	if waiting {
		return outcome{exitGate}
	}
	return nil
}

func (a *app) updateOne(ctx context.Context, client *calls.Client, one offer.Offer, yes bool) (host.Task, error) {
	if one.Problem != nil {
		return host.Task{}, one.Problem
	}
	request := usecase.ReleaseRequest{Source: one.Source, Update: true}
	if len(one.Confirm) == 0 && !one.New.None() && (yes || a.canAsk()) {
		if err := a.agree(one, yes, &request); err != nil {
			return host.Task{}, err
		}
	}
	return a.install(ctx, client, request)
}

// became prints a connector and what it is now.
func became(what string) func(io.Writer, host.Connector) error {
	return func(w io.Writer, c host.Connector) error { return say(w, "%s %s %s\n", c.ID, c.Version, what) }
}

func (a *app) connectorTrustCommand() *cobra.Command {
	var sha256 string
	c := &cobra.Command{
		Use: "trust CONNECTOR", Short: "Trust exactly the program that a connector is now", Args: exactly(1),
		Long: "A program that was dropped into a directory works, but it and its runs are marked as unverified. When you know where\n" +
			"the program came from, trust it: exactly this one, by its SHA-256. Another program of that name is unverified again.",
		Example: "  plumbline connector trust okta --sha256 $(sha256sum okta | cut -d' ' -f1)",
	}
	c.Flags().StringVar(&sha256, "sha256", "", "refuse when the program's hash differs from this")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (host.Connector, error) {
		return client.TrustConnector(ctx, args[0], strings.ToLower(sha256))
	}, became("is trusted"))
	return c
}
