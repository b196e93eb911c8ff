package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// What authors do with releases. None of it needs a data directory.

func (a *app) connectorPackCommand() *cobra.Command {
	var out, minimum, sbom string
	var requires []string
	c := &cobra.Command{
		Use: "pack DIR|PROGRAM… --out FILE", Short: "Pack programs of a connector into a release", Args: asUsage(cobra.MinimumNArgs(1)),
		Long: "Packs one program for each platform into an archive with a manifest, which says what the connector says of itself.\n" +
			"The program for this machine is started and asked; what the others are for is read from the files themselves, or\n" +
			"said as OS/ARCH=PROGRAM. A directory stands for the programs in it. The same programs give the same archive.\n\n" +
			"A file that describes a connector (NAME.connector.yaml) is packed alone, for any machine. A script is packed once, for\n" +
			"Linux and macOS unless said otherwise; what it requires is looked for before it is installed. A connector in Python\n" +
			"that was built with Plumbline's library says so itself, any other with --requires.",
		Example: "  plumbline connector pack ./okta --out okta.tar.gz\n" +
			"  plumbline connector pack linux/amd64=build/okta darwin/arm64=build/okta-mac --out okta.tar.gz\n" +
			"  plumbline connector pack acme.connector.yaml --out acme.tar.gz\n" +
			"  plumbline connector pack linux/any=./acme --requires 'python3>=3.11' --requires grpcio --out acme.tar.gz",
	}
	c.Flags().StringVar(&out, "out", "", "file to write (needed)")
	c.Flags().StringVar(&minimum, "minimum-host", "", "oldest Plumbline it works with, e.g. 1.4.0")
	c.Flags().StringVar(&sbom, "sbom", "", "SPDX or CycloneDX JSON file (default made from Go programs and from what is required)")
	c.Flags().StringArrayVar(&requires, "requires", nil, "what a script needs on the machine: python3 or one of its packages, with >=VERSION; may be repeated")
	c.RunE = func(c *cobra.Command, args []string) error {
		if out == "" {
			return usagef("--out is missing: name the file to write")
		}
		programs, err := inputs(args)
		if err != nil {
			return err
		}
		request := boot.PackRequest{Programs: programs, Out: out, MinimumHost: minimum, Version: version}
		if request.Config, err = a.config(nil); err != nil {
			return err
		}
		for _, text := range requires {
			r, err := release.ParseRequirement(text)
			if err != nil {
				return err
			}
			request.Requires = append(request.Requires, r)
		}
		if sbom != "" {
			if request.SBOM, err = os.ReadFile(sbom); err != nil {
				return host.Invalid("sbom", sbom, "cannot be read: "+err.Error()).Because(err)
			}
		}
		m, err := boot.PackRelease(c.Context(), request)
		if err != nil {
			return err
		}
		if a.json {
			return printJSON(a.out, m)
		}
		fmt.Fprintf(a.out, "%s: %s %s for %s\nSign it with `plumbline connector sign %s --key KEYFILE`.\n", out, m.ID, m.Version, platforms(m), out)
		return nil
	}
	return c
}

// inputs reads what is to be packed from the arguments.
func inputs(args []string) ([]release.Input, error) {
	var list []release.Input
	for _, arg := range args {
		if platform, path, ok := strings.Cut(arg, "="); ok && strings.Count(platform, "/") == 1 {
			system, arch, _ := strings.Cut(platform, "/")
			list = append(list, release.Input{Platform: release.Platform{OS: system, Arch: arch}, Path: path})
			continue
		}
		found, err := programsAt(arg)
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			on, err := platformsOf(path)
			if err != nil {
				return nil, err
			}
			for _, platform := range on {
				list = append(list, release.Input{Platform: platform, Path: path})
			}
		}
	}
	return list, nil
}

// programsAt returns a program, or the programs in a directory.
func programsAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, host.Invalid("program", path, "cannot be read: "+err.Error()).Because(err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var found []string
	err = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if _, notOne := platformsOf(path); notOne == nil {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(found) == 0 {
		return nil, host.Invalid("program", path, "holds no program")
	}
	return found, nil
}

func platformsOf(path string) ([]release.Platform, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, host.Invalid("program", path, "cannot be read: "+err.Error()).Because(err)
	}
	defer file.Close()
	return release.PlatformsOf(path, file)
}

func platforms(m host.Manifest) string {
	names := make([]string, len(m.Platforms))
	for i, p := range m.Platforms {
		names[i] = p.Platform()
	}
	return strings.Join(names, ", ")
}

// requirements says what has to be on a machine besides.
func requirements(m host.Manifest) string {
	names := make([]string, len(m.Requires))
	for i, r := range m.Requires {
		names[i] = r.String()
	}
	return strings.Join(names, ", ")
}

func (a *app) connectorKeyCommand() *cobra.Command {
	c := group("key", "Keys that sign releases")
	c.AddCommand(a.connectorKeyNewCommand())
	return c
}

func (a *app) connectorKeyNewCommand() *cobra.Command {
	var out, passwordFile string
	var open bool
	c := &cobra.Command{
		Use: "new --out FILE", Short: "Make a pair of keys", Args: exactly(0),
		Long: "Writes a minisign key to FILE, and its public half to FILE.pub. Publish the public half where people look for it:\n" +
			"they name it when they install a connector for the first time. Keep FILE and its password to yourself: with both, another person can sign as you.",
		Example: "  plumbline connector key new --out okta.key",
	}
	c.Flags().StringVar(&out, "out", "", "file to write the private key to (needed)")
	c.Flags().StringVar(&passwordFile, "password-file", "", "file that holds the password (default: ask on the terminal)")
	c.Flags().BoolVar(&open, "no-password", false, "do not encrypt the private key: every user who can read its file can sign with it")
	c.RunE = func(*cobra.Command, []string) error {
		if out == "" {
			return usagef("--out is missing: name the file to write the key to")
		}
		password := ""
		if !open {
			var err error
			if password, err = a.keyPassword(passwordFile, true); err != nil {
				return err
			}
		}
		key, err := release.NewKey(password)
		if err != nil {
			return err
		}
		if err := errors.Join(newFile(out, key.Private, 0o600), newFile(out+".pub", key.Public, 0o644)); err != nil {
			return err
		}
		if a.json {
			return printJSON(a.out, map[string]string{"signer": key.Signer, "key": out, "public": out + ".pub"})
		}
		return pairs(a.out, [2]string{"private key", out}, [2]string{"public key", out + ".pub"}, [2]string{"signer", key.Signer})
	}
	return c
}

// newFile writes a file that must not exist: a key is never overwritten.
func newFile(path string, content []byte, mode fs.FileMode) error {
	err := durable.Create(path, mode, func(w io.Writer) error { _, err := w.Write(content); return err })
	if err != nil {
		return host.Invalid("out", path, "cannot be made: "+err.Error()).Because(err)
	}
	return nil
}

// keyPassword reads a key's password from a file, or asks for it.
func (a *app) keyPassword(file string, isNew bool) (string, error) {
	if file == "" && !term.IsTerminal(int(a.in.Fd())) {
		return "", usagef("there is no terminal to ask for the key's password: give --password-file")
	}
	return a.passphrase(keyFlags{passphraseFile: file}, isNew)
}

func (a *app) connectorSignCommand() *cobra.Command {
	var keyFile, passwordFile string
	c := &cobra.Command{
		Use: "sign FILE --key KEYFILE", Short: "Sign a release", Args: exactly(1),
		Long: "Checks all of a release, an archive or an unpacked directory, and puts your signature into it. The signature is\n" +
			"minisign's over manifest.json, which names every file by its hash.",
		Example: "  plumbline connector sign okta.tar.gz --key okta.key",
	}
	c.Flags().StringVar(&keyFile, "key", "", "private key file (needed)")
	c.Flags().StringVar(&passwordFile, "password-file", "", "file that holds the key's password (default: ask on the terminal)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if keyFile == "" {
			return usagef("--key is missing: name the file of your private key")
		}
		private, err := os.ReadFile(keyFile)
		if err != nil {
			return host.Invalid("key", keyFile, "cannot be read: "+err.Error()).Because(err)
		}
		password := ""
		if release.NeedsPassword(private) {
			if password, err = a.keyPassword(passwordFile, false); err != nil {
				return err
			}
		}
		r, err := release.Sign(c.Context(), args[0], private, password)
		if err != nil {
			return err
		}
		return a.showRelease(r, "")
	}
	return c
}

func (a *app) connectorVerifyCommand() *cobra.Command {
	var signer string
	c := &cobra.Command{
		Use: "verify FILE", Short: "Check a release without installing it", Args: exactly(1),
		Long: "Reads all of a release and compares its signature, its names, and every file with its size and hash. With --signer,\n" +
			"that key has to have signed it.",
		Example: "  plumbline connector verify okta.tar.gz --signer okta.key.pub",
	}
	c.Flags().StringVar(&signer, "signer", "", "public key that has to have signed it: the key or its file")
	c.RunE = func(c *cobra.Command, args []string) error {
		key, err := signerOf(signer)
		if err != nil {
			return err
		}
		r, err := release.Verify(c.Context(), args[0], release.Options{Signer: key, Unsigned: true})
		if err != nil {
			return err
		}
		return a.showRelease(r, "")
	}
	return c
}

// signerOf reads a public key: the word itself, or the file that holds it.
func signerOf(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	if raw, err := os.ReadFile(given); err == nil {
		given = string(raw)
	}
	return release.ParseSigner(given)
}

func (a *app) showRelease(r release.Release, digest string) error {
	if a.json {
		return printJSON(a.out, struct {
			host.Manifest
			Signer string `json:"signer,omitempty"`
			Digest string `json:"digest,omitempty"`
		}{r.Manifest, r.Signer, digest})
	}
	signer := r.Signer
	if signer == "" {
		signer = "no key"
	}
	return pairs(a.out, [2]string{"connector", r.ID + " " + r.Version}, [2]string{"platforms", platforms(r.Manifest)}, [2]string{"requires", requirements(r.Manifest)}, [2]string{"signed by", signer}, [2]string{"digest", digest})
}

func (a *app) connectorPushCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "push FILE REF", Short: "Put a release into a registry", Args: exactly(2),
		Long: "Puts a release into an OCI registry, one layer for each platform's program. Credentials are those of your docker\n" +
			"configuration (`docker login`). A registry on this machine is spoken to without encryption, any other only with it.",
		Example: "  plumbline connector push okta.tar.gz registry.example.com/connectors/okta:1.4.0",
	}
	c.RunE = func(c *cobra.Command, args []string) error { return a.push(c.Context(), args[0], args[1]) }
	return c
}

func (a *app) push(ctx context.Context, file, reference string) error {
	r, digest, err := release.Push(ctx, file, reference, release.Options{Unsigned: true})
	if err != nil {
		return err
	}
	return a.showRelease(r, digest)
}
