package plugin

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ours is left to the access list of the directory above.
func ours(fs.FileInfo) bool { return true }

func executable(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && strings.HasSuffix(strings.ToLower(info.Name()), ".exe")
}

// isolate keeps a console window from flashing up.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP}
}

// contain puts the process into a job that ends with the host. It is assigned
// just after the start, so a helper started in that moment escapes it.
func contain(p *os.Process) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	_, _ = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid))
	if err != nil {
		_ = windows.CloseHandle(job)
		return
	}
	_ = windows.AssignProcessToJobObject(job, process)
	_ = windows.CloseHandle(process)
	// The job's handle stays open on purpose: closing it ends the process.
}

func killGroup(p *os.Process) { _ = p.Kill() }

func exitWords(state *os.ProcessState) string {
	return fmt.Sprintf("exited with code %d", state.ExitCode())
}
