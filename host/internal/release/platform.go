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

// PlatformsOf tells from a program's name and first bytes what it runs on. A script
// runs where the system hands it to its interpreter, which Windows does not; a file
// that describes a connector runs wherever the host does.
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
	p, err := read(name, program)
	if err != nil {
		return nil, err
	}
	return []Platform{p}, nil
}

// described reports whether a file describes a connector instead of being one.
func described(name string) bool { return strings.HasSuffix(name, host.DescriptionSuffix) }

func elfPlatform(name string, program io.ReaderAt) (Platform, error) {
	f, err := elf.NewFile(program)
	if err != nil {
		return Platform{}, notAProgram(name)
	}
	arch, ok := map[elf.Machine]string{
		elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_386: "386", elf.EM_ARM: "arm", elf.EM_RISCV: "riscv64",
	}[f.Machine]
	if !ok {
		return Platform{}, unknownPlatform(name, f.Machine.String())
	}
	system := "linux"
	if f.OSABI == elf.ELFOSABI_FREEBSD {
		system = "freebsd"
	}
	return Platform{system, arch}, nil
}

func pePlatform(name string, program io.ReaderAt) (Platform, error) {
	f, err := pe.NewFile(program)
	if err != nil {
		return Platform{}, notAProgram(name)
	}
	arch, ok := map[uint16]string{
		pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64", pe.IMAGE_FILE_MACHINE_I386: "386",
	}[f.Machine]
	if !ok {
		return Platform{}, unknownPlatform(name, fmt.Sprintf("machine %#x", f.Machine))
	}
	return Platform{"windows", arch}, nil
}

func machoPlatform(name string, program io.ReaderAt) (Platform, error) {
	f, err := macho.NewFile(program)
	if err != nil {
		return Platform{}, notAProgram(name)
	}
	arch, ok := map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[f.Cpu]
	if !ok {
		return Platform{}, unknownPlatform(name, f.Cpu.String())
	}
	return Platform{"darwin", arch}, nil
}

func notAProgram(name string) *host.Problem {
	return host.Invalid("program", name, "is neither a program nor a script")
}

func unknownPlatform(name, what string) *host.Problem {
	p := host.Invalid("program", name, "is for "+what+", which has no name here")
	p.Remedy = "Say what it is for: OS/ARCH=" + name
	return p
}
