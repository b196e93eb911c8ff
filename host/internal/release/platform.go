package release

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"fmt"
	"io"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// PlatformsOf returns the platforms of a program, from its name and first bytes. A script
// runs where the system starts its interpreter, which Windows does not. A file that
// describes a connector runs on all.
func PlatformsOf(name string, program io.ReaderAt) ([]Platform, error) {
	if described(name) {
		return []Platform{{anything, anything}}, nil
	}
	begin := make([]byte, 4)
	if _, err := program.ReadAt(begin, 0); err != nil {
		return nil, notAProgram(name)
	}
	read := machoPlatform
	switch {
	case bytes.HasPrefix(begin, []byte("#!")):
		return []Platform{{"darwin", anything}, {"linux", anything}}, nil
	case bytes.Equal(begin, []byte(elf.ELFMAG)):
		read = elfPlatform
	case bytes.HasPrefix(begin, []byte("MZ")):
		read = pePlatform
	}
	p, machine, err := read(program)
	if err != nil {
		return nil, notAProgram(name)
	}
	if p.Arch == "" {
		unknown := host.Invalid("program", name, "is for "+machine+", which is no known platform")
		unknown.Remedy = "Say what it is for: OS/ARCH=" + name
		return nil, unknown
	}
	return []Platform{p}, nil
}

// described reports whether a file describes a connector.
func described(name string) bool { return strings.HasSuffix(name, host.DescriptionSuffix) }

// elfPlatform returns a program's platform, without Arch for an unknown machine, and the machine's name.
func elfPlatform(program io.ReaderAt) (p Platform, machine string, err error) {
	f, err := elf.NewFile(program)
	if err != nil {
		return p, "", err
	}
	p.OS = "linux"
	if f.OSABI == elf.ELFOSABI_FREEBSD {
		p.OS = "freebsd"
	}
	p.Arch = map[elf.Machine]string{
		elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_386: "386", elf.EM_ARM: "arm", elf.EM_RISCV: "riscv64",
	}[f.Machine]
	return p, f.Machine.String(), nil
}

func pePlatform(program io.ReaderAt) (p Platform, machine string, err error) {
	f, err := pe.NewFile(program)
	if err != nil {
		return p, "", err
	}
	arch := map[uint16]string{
		pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64", pe.IMAGE_FILE_MACHINE_I386: "386",
	}[f.Machine]
	return Platform{"windows", arch}, fmt.Sprintf("machine %#x", f.Machine), nil
}

func machoPlatform(program io.ReaderAt) (p Platform, machine string, err error) {
	f, err := macho.NewFile(program)
	if err != nil {
		return p, "", err
	}
	arch := map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[f.Cpu]
	return Platform{"darwin", arch}, f.Cpu.String(), nil
}

func notAProgram(name string) *host.Problem {
	return host.Invalid("program", name, "is neither a program nor a script")
}
