package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

func (a *app) connectorInstallCommand() *cobra.Command {
	var signer string
	var yes bool
	c := &cobra.Command{
		Use: "install REF|FILE|DIR", Short: "Install a connector", Args: exactly(1),
		Long: "Shows what a release is, who signed it and what it asks for, and installs it when you agree. Everything is verified\n" +
			"before anything is kept. Without a terminal, --yes agrees; an unsigned release, one whose signer you have not\n" +
			"named with --signer before, and one that is older than what is installed, need you to type the connector's id.",
		Example: "  plumbline connector install okta.tar.gz --signer okta.key.pub\n" +
			"  plumbline connector install registry.example.com/connectors/okta:1.4.0 --signer RWQ… --yes",
	}
	c.Flags().StringVar(&signer, "signer", "", "public key that has to have signed it: the key or its file")
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
		return a.with(c.Context(), func(client *api.Client) error {
			offer, err := client.OfferRelease(c.Context(), request)
			if err != nil {
				return err
			}
			if offer.Problem != nil {
				return offer.Problem
			}
			if err := a.agree(offer, yes, &request); err != nil {
				return err
			}
			t, err := a.install(c.Context(), client, request)
			if err != nil {
				return err
			}
			return a.showInstalled(t)
		})
	}
	return c
}

// install has a release installed and waits for the end.
func (a *app) install(ctx context.Context, client *api.Client, request usecase.ReleaseRequest) (host.Task, error) {
	started, err := client.InstallRelease(ctx, request)
	if err != nil {
		return started, err
	}
	return a.followTask(ctx, client, started)
}

func (a *app) showInstalled(t host.Task) error {
	if a.json {
		return printJSON(a.out, t)
	}
	if w := t.Installation.Waiting; w != nil {
		fmt.Fprintf(a.out, "%s %s is waiting for consent: it asks for %s\n", t.Connector, w.Version, strings.Join(release.AskNames(w.New), ", "))
		return nil
	}
	fmt.Fprintf(a.out, "%s %s is installed\n", t.Connector, t.Installation.Version)
	return nil
}

// person reports whether somebody is there to be asked.
func (a *app) person() bool { return !a.json && term.IsTerminal(int(a.in.Fd())) }

// agree shows an offer and asks for consent. What has to be typed is asked of a
// person only; no flag stands for it.
func (a *app) agree(offer host.Offer, yes bool, request *usecase.ReleaseRequest) error {
	if !a.json {
		printOffer(a.errs, offer)
	}
	request.Consent = offer.Consent
	switch {
	case len(offer.Confirm) > 0 && !a.person():
		return refuseHeadless(offer)
	case len(offer.Confirm) > 0:
		typed, err := a.ask("Type the connector's id to install it all the same: ")
		if err == nil && typed != offer.Manifest.ID {
			err = declined(offer)
		}
		request.Confirm = typed
		return err
	case yes:
		return nil
	case !a.person():
		return &host.Problem{
			Code: host.CodeReleaseConsent, Message: fmt.Sprintf("%s %s needs consent, and there is no terminal to ask on", offer.Manifest.ID, offer.Manifest.Version),
			Remedy: "Look at what it asks for, and add --yes.", Fault: host.FaultCustomer, Retry: host.RetryNever,
		}
	}
	answer, err := a.ask("Install it? [y/N] ")
	if answer = strings.ToLower(answer); err == nil && answer != "y" && answer != "yes" {
		err = declined(offer)
	}
	return err
}

func refuseHeadless(offer host.Offer) error {
	var why []string
	for _, c := range offer.Confirm {
		why = append(why, c.Message)
	}
	return &host.Problem{
		Code: offer.Confirm[0].Code, Message: strings.Join(why, "; "), Fault: host.FaultCustomer, Retry: host.RetryNever,
		Remedy: "Run this on a terminal, where you can confirm it by typing the connector's id; or name a signer's key you trust with --signer.",
	}
}

func declined(offer host.Offer) error {
	return &host.Problem{Code: host.CodeCancelled, Message: offer.Manifest.ID + " was not installed: you did not agree", Fault: host.FaultCustomer, Retry: host.RetryNever}
}

// ask asks a person for one line.
func (a *app) ask(question string) (string, error) {
	fmt.Fprint(a.errs, question)
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read answer: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// printOffer shows what a person is asked to agree to.
func printOffer(w io.Writer, o host.Offer) {
	m := o.Manifest
	fmt.Fprintf(w, "%s %s  %s\n", m.ID, m.Version, oneLine(m.Summary))
	fmt.Fprintf(w, "  from       %s\n", o.Source)
	signer := o.Signer
	if signer == "" {
		signer = "NOBODY"
	}
	fmt.Fprintf(w, "  signed by  %s\n", signer)
	if c := o.Current; c != nil {
		fmt.Fprintf(w, "  replaces   %s (%s)\n", c.Version, loud(c.Trust))
	}
	if needs := requirements(m); needs != "" {
		fmt.Fprintf(w, "  requires   %s\n", oneLine(needs))
	}
	for _, line := range askLines(m.Asks(), o) {
		fmt.Fprintln(w, line)
	}
	for _, c := range o.Confirm {
		fmt.Fprintf(w, "  WARNING    %s\n", c.Message)
	}
}

// askLines writes what is asked for, and marks what was not agreed to before.
func askLines(all host.Asks, o host.Offer) (lines []string) {
	fresh := map[string]bool{}
	for _, name := range release.AskNames(o.New) {
		fresh[name] = o.Current != nil
	}
	line := func(kind, name, why string) {
		mark := ""
		if fresh[kind+" "+name] {
			mark = "  NEW"
		}
		lines = append(lines, fmt.Sprintf("  %-10s %s: %s%s", kind, oneLine(name), oneLine(why), mark))
	}
	for _, p := range all.Permissions {
		line("permission", p.ID, p.Reason)
	}
	for _, n := range all.Network {
		line("host", n.Host, n.Purpose)
	}
	if all.NetworkTCP {
		line("network", "tcp", networkTCP)
	}
	for _, f := range all.Files {
		line("file", f.Path, f.Purpose)
	}
	return lines
}

// networkTCP says what a connector that dials by itself may do more.
const networkTCP = "it opens TCP connections by itself, through a port of this host's proxy, and is contained less well"

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func (a *app) connectorUpdateCommand() *cobra.Command {
	var all, yes bool
	c := &cobra.Command{
		Use: "update [CONNECTOR]", Short: "Update installed connectors", Args: atMost(1),
		Long: "Looks where a connector came from and installs what is newer. The new version stands beside the old one, is tried\n" +
			"with the stored settings, and only then takes its place; when it breaks before its first complete sync, the old one\n" +
			"comes back. A version that asks for more than you agreed to waits for your consent; the exit code is 8 then.",
		Example: "  plumbline connector update okta\n  plumbline connector update --all",
	}
	c.Flags().BoolVar(&all, "all", false, "every installed connector")
	c.Flags().BoolVar(&yes, "yes", false, "agree to what is new without being asked")
	c.RunE = func(c *cobra.Command, args []string) error {
		if all == (len(args) == 1) {
			return usagef("name a connector, or give --all\nUsage: %s", c.UseLine())
		}
		connector := ""
		if len(args) == 1 {
			connector = args[0]
		}
		return a.with(c.Context(), func(client *api.Client) error { return a.update(c.Context(), client, connector, yes) })
	}
	return c
}

func (a *app) update(ctx context.Context, client *api.Client, connector string, yes bool) error {
	offers, err := client.Updates(ctx, connector)
	if err != nil {
		return err
	}
	done := []host.Task{}
	var failed []error
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
	if err := a.showUpdates(done, len(offers)); err != nil {
		return err
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	if waiting {
		return outcome{exitGate}
	}
	return nil
}

func (a *app) showUpdates(done []host.Task, offered int) error {
	if a.json {
		return printJSON(a.out, api.Items[host.Task]{Items: done})
	}
	if offered == 0 {
		fmt.Fprintln(a.out, "There is nothing newer.")
	}
	for _, t := range done {
		if err := a.showInstalled(t); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) updateOne(ctx context.Context, client *api.Client, offer host.Offer, yes bool) (host.Task, error) {
	if offer.Problem != nil {
		return host.Task{}, offer.Problem
	}
	request := usecase.ReleaseRequest{Source: offer.Source, Update: true}
	if len(offer.Confirm) == 0 && !offer.New.None() && (yes || a.person()) {
		if err := a.agree(offer, yes, &request); err != nil {
			return host.Task{}, err
		}
	}
	return a.install(ctx, client, request)
}

func (a *app) connectorRollbackCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "rollback CONNECTOR", Short: "Bring back the version before the current one", Args: exactly(1),
		Example: "  plumbline connector rollback okta",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.withConnector(c.Context(), "is current again", func(client *api.Client) (host.Connector, error) {
			return client.RollBack(c.Context(), args[0])
		})
	}
	return c
}

// withConnector calls an operation that answers with a connector.
func (a *app) withConnector(ctx context.Context, said string, do func(*api.Client) (host.Connector, error)) error {
	return a.with(ctx, func(client *api.Client) error {
		connector, err := do(client)
		if err != nil {
			return err
		}
		if a.json {
			return printJSON(a.out, connector)
		}
		fmt.Fprintf(a.out, "%s %s %s\n", connector.ID, connector.Version, said)
		return nil
	})
}

func (a *app) connectorRemoveCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "remove CONNECTOR", Short: "Remove an installed connector", Args: exactly(1),
		Long:    "Removes what was installed of a connector. One that connections use stays.",
		Example: "  plumbline connector remove okta",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			return client.RemoveConnector(c.Context(), args[0])
		})
	}
	return c
}

func (a *app) connectorTrustCommand() *cobra.Command {
	var sha256 string
	c := &cobra.Command{
		Use: "trust CONNECTOR", Short: "Trust exactly the program that a connector is now", Args: exactly(1),
		Long: "A program that was dropped into a directory works and is marked as unverified, in its runs as well. When you know\n" +
			"where it came from, trust it: this very program, by its SHA-256. Another one is unverified again.",
		Example: "  plumbline connector trust okta --sha256 $(sha256sum okta | cut -d' ' -f1)",
	}
	c.Flags().StringVar(&sha256, "sha256", "", "refuse when the program has another hash than this")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.withConnector(c.Context(), "is trusted", func(client *api.Client) (host.Connector, error) {
			return client.TrustConnector(c.Context(), args[0], strings.ToLower(sha256))
		})
	}
	return c
}

func (a *app) connectorUntrustCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "untrust CONNECTOR", Short: "Take back that a connector is trusted", Args: exactly(1),
		Example: "  plumbline connector untrust okta",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.withConnector(c.Context(), "is no longer trusted", func(client *api.Client) (host.Connector, error) {
			return client.UntrustConnector(c.Context(), args[0])
		})
	}
	return c
}
