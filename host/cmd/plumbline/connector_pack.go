package main

import (
	"cmp"
	"errors"
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
	"github.com/plumbline-dev/plumbline/host/offer"
)

// Commands for the authors of connectors, which need no data directory.

func (a *app) connectorPackCommand() *cobra.Command {
	var out, minimum, sbom string
	var requires []string
	c := &cobra.Command{
		Use: "pack DIR|PROGRAM… --out FILE", Short: "Pack programs of a connector into a release", Args: asUsage(cobra.MinimumNArgs(1)),
		Long: "Packs one program for each platform into an archive with a manifest, which holds the connector's description of\n" +
			"itself. The command starts the program for this machine to get it. It reads the platform of the other programs from\n" +
			"the files, or takes it from OS/ARCH=PROGRAM. A directory means the programs in it. The same programs give the same\n" +
			"archive.\n\n" +
			"A file that describes a connector (NAME.connector.yaml) is packed alone, for any machine. A script is packed once,\n" +
			"for Linux and macOS unless you give OS/ARCH; an installation checks first that the machine has what the script\n" +
			"requires. A connector in Python that was built with Plumbline's library names its requirements itself; for any\n" +
			"other script, give them with --requires.",
		Example: "  plumbline connector pack ./okta --out okta.tar.gz\n" +
			"  plumbline connector pack linux/amd64=build/okta darwin/arm64=build/okta-mac --out okta.tar.gz\n" +
			"  plumbline connector pack acme.connector.yaml --out acme.tar.gz\n" +
			"  plumbline connector pack linux/any=./acme --requires 'python3>=3.11' --requires grpcio --out acme.tar.gz",
	}
	c.Flags().StringVar(&out, "out", "", "file to write (required)")
	c.Flags().StringVar(&minimum, "minimum-host", "", "oldest Plumbline it works with, e.g. 1.4.0")
	c.Flags().StringVar(&sbom, "sbom", "", "SPDX or CycloneDX JSON file (default: generated from the Go programs and the requirements)")
	c.Flags().StringArrayVar(&requires, "requires", nil,
		"requirement of a script on the machine: python3 or one of its packages, with >=VERSION; may be repeated")
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
				return unreadable("sbom", sbom, err)
			}
		}
		m, err := boot.PackRelease(c.Context(), request)
		if err != nil {
			return err
		}
		return emit(a, m, func(w io.Writer, m offer.Manifest) error {
			return say(w, "%s: %s %s for %s\nSign it with `plumbline connector sign %s --key KEYFILE`.\n", out, m.ID, m.Version, platforms(m), out)
		})
	}
	return c
}

// inputs reads the programs to pack, each with its platform, from the arguments.
func inputs(args []string) (list []release.Input, err error) {
	for _, arg := range args {
		if platform, path, ok := strings.Cut(arg, "="); ok && strings.Count(platform, "/") == 1 {
			system, arch, _ := strings.Cut(platform, "/")
			list = append(list, release.Input{Platform: release.Platform{OS: system, Arch: arch}, Path: path})
			continue
		}
		before := len(list)
		err := filepath.WalkDir(arg, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !entry.Type().IsRegular() && path != arg {
				return err
			}
			on, err := platformsOf(path)
			for _, platform := range on {
				list = append(list, release.Input{Platform: platform, Path: path})
			}
			if path == arg {
				return err
			}
			return nil // a directory may hold other files
		})
		switch p := new(fs.PathError); {
		case errors.As(err, &p):
			return nil, unreadable("program", arg, err)
		case err != nil:
			return nil, err
		case len(list) == before:
			return nil, host.Invalid("program", arg, "holds no program")
		}
	}
	return list, nil
}

func platformsOf(path string) ([]release.Platform, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return release.PlatformsOf(path, file)
}

func platforms(m offer.Manifest) string {
	return strings.Join(each(m.Platforms, offer.PlatformFile.Platform), ", ")
}

// requirements lists what a release needs on the machine besides its files.
func requirements(m offer.Manifest) string {
	return strings.Join(each(m.Requires, offer.Requirement.String), ", ")
}

func (a *app) connectorKeyNewCommand() *cobra.Command {
	var out, passwordFile string
	var open bool
	c := &cobra.Command{
		Use: "new --out FILE", Short: "Make a pair of keys", Args: exactly(0),
		Long: "Writes a minisign key to FILE, and its public half to FILE.pub. Publish the public half: people name it when they\n" +
			"install your connector for the first time. Keep FILE and its password to yourself: with both, another person can\n" +
			"sign as you.",
		Example: "  plumbline connector key new --out okta.key",
	}
	c.Flags().StringVar(&out, "out", "", "file to write the private key to (required)")
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
		made := map[string]string{"signer": key.Signer, "key": out, "public": out + ".pub"}
		return emit(a, made, func(w io.Writer, made map[string]string) error {
			return pairs(w, "private key", made["key"], "public key", made["public"], "signer", made["signer"])
		})
	}
	return c
}

// newFile writes a file that must not exist yet, so that no key is overwritten.
func newFile(path string, content []byte, mode fs.FileMode) error {
	err := durable.Create(path, mode, func(w io.Writer) error { _, err := w.Write(content); return err })
	if err != nil {
		return host.Invalid("out", path, "cannot be created: "+err.Error()).Because(err)
	}
	return nil
}

// keyPassword reads a key's password from a file, or asks for it.
func (a *app) keyPassword(file string, isNew bool) (string, error) {
	if file == "" && !term.IsTerminal(int(a.in.Fd())) {
		return "", usagef("there is no terminal to ask for the key's password: give --password-file")
	}
	return a.passphrase(file, isNew)
}

func (a *app) connectorSignCommand() *cobra.Command {
	var keyFile, passwordFile string
	c := &cobra.Command{
		Use: "sign FILE --key KEYFILE", Short: "Sign a release", Args: exactly(1),
		Long: "Checks all of a release, an archive or an unpacked directory, and adds your signature to it. The signature is\n" +
			"minisign's over manifest.json, which has the hash of every file.",
		Example: "  plumbline connector sign okta.tar.gz --key okta.key",
	}
	c.Flags().StringVar(&keyFile, "key", "", "private key file (required)")
	c.Flags().StringVar(&passwordFile, "password-file", "", "file that holds the key's password (default: ask on the terminal)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if keyFile == "" {
			return usagef("--key is missing: name the file of your private key")
		}
		private, err := os.ReadFile(keyFile)
		if err != nil {
			return unreadable("key", keyFile, err)
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
		Long: "Reads all of a release and checks its signature, its names, and the size and hash of every file. With --signer, that\n" +
			"key must have signed it.",
		Example: "  plumbline connector verify okta.tar.gz --signer okta.key.pub",
	}
	c.Flags().StringVar(&signer, "signer", "", "public key that must have signed it: the key or its file")
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
	shown := struct {
		offer.Manifest
		Signer string `json:"signer,omitempty"`
		Digest string `json:"digest,omitempty"`
	}{r.Manifest, r.Signer, digest}
	if a.json {
		return a.printJSON(shown)
	}
	return pairs(a.out, "connector", r.ID+" "+r.Version, "platforms", platforms(r.Manifest), "requires", requirements(r.Manifest),
		"signed by", cmp.Or(r.Signer, "no key"), "digest", digest)
}

func (a *app) connectorPushCommand() *cobra.Command {
	return &cobra.Command{
		Use: "push FILE REF", Short: "Put a release into a registry", Args: exactly(2),
		Long: "Puts a release into an OCI registry, one layer for each platform's program. Credentials are those of your docker\n" +
			"configuration (`docker login`). The connection to a registry is encrypted, unless the registry is on this machine.",
		Example: "  plumbline connector push okta.tar.gz registry.example.com/connectors/okta:1.4.0",
		RunE: func(c *cobra.Command, args []string) error {
			r, digest, err := release.Push(c.Context(), args[0], args[1], release.Options{Unsigned: true})
			if err != nil {
				return err
			}
			return a.showRelease(r, digest)
		},
	}
}
