package artifact_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/artifact"
)

const most = 25_000_000

// left returns every file below a directory.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, filepath.Base(path))
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return names
}

func pdf(content string) string { return "%PDF-1.7\n" + content + "\n%%EOF\n" }

// office returns a package with these parts.
func office(t *testing.T, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range parts {
		part, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(part, "x")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bomb returns a package whose directory says that it unpacks to 40 GiB.
func bomb(t *testing.T) string {
	t.Helper()
	raw := []byte(office(t, "[Content_Types].xml", "word/document.xml"))
	at := bytes.LastIndex(raw, []byte("PK\x01\x02"))
	copy(raw[at+24:], []byte{0xff, 0xff, 0xff, 0x7f}) // uncompressed size in the directory
	return string(raw)
}

func picture(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFilesAreStoredUnderTheirHash(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "evidence")
	files := artifact.In(dir, nil)
	for name, content := range map[string]string{
		"Report.PDF": pdf("x"), "a.txt": strings.Repeat("ä€", 100_000), "a.json": `{"a":[1,2]}`, "b.json": "3", "shot.png": picture(t),
		"a.csv": "id\n1\n", "a.docx": office(t, "[Content_Types].xml", "word/document.xml"),
		"a.xlsx": office(t, "[Content_Types].xml", "xl/a.xml"),
	} {
		file, err := files.Put(strings.NewReader(content), name, most)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if wrong, n, err := files.Check(t.Context(), file.SHA256); wrong != "" || err != nil || n != int64(len(content)) || file.Bytes != n {
			t.Errorf("%s: %q, %d bytes, %v", name, wrong, n, err)
		}
		again, err := files.Put(strings.NewReader(content), "other"+strings.ToLower(filepath.Ext(name)), most)
		if err != nil || again.SHA256 != file.SHA256 {
			t.Errorf("%s again: %+v, %v", name, again, err)
		}
	}
	all, err := files.List()
	if found := left(t, dir); err != nil || len(all) != 8 || len(found) != 8 {
		t.Errorf("%d files are listed of %v, %v", len(all), found, err)
	}
}

// TestHostileUploadsLeaveNothing puts files that are not what they say.
func TestHostileUploadsLeaveNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ what, name, content, field, says string }{
		{"nothing", "a.pdf", "", "file", "is empty"},
		{"too much", "a.txt", strings.Repeat("x", 26_000_000), "file", "more than 25 MB"},
		{"a byte too much", "a.txt", strings.Repeat("x", most+1), "file", "more than 25 MB"},
		{"an archive named pdf", "bomb.pdf", bomb(t), "file", "is not a PDF"},
		{"a page named pdf", "a.pdf", "<html>", "file", "is not a PDF"},
		{"half a pdf", "a.pdf", "%PDF-1.7\nx", "file", "without its end"},
		{"a program named png", "a.png", "\x7fELF", "file", "is not a picture in PNG"},
		{"a png named jpg", "a.jpg", picture(t), "file", "is not a picture in JPEG"},
		{"bytes named txt", "a.txt", "a\x00b", "file", "is not text"},
		{"latin named csv", "a.csv", "caf\xe9", "file", "is not text"},
		{"text named json", "a.json", "{", "file", "is not JSON"},
		{"two documents", "a.json", "{} {}", "file", "something after"},
		{"an archive named docx", "a.docx", office(t, "x"), "file", "is not a document"},
		{"a sheet named docx", "a.docx", office(t, "[Content_Types].xml", "xl/a.xml"), "file", "is not a document"},
		{"a bomb named docx", "a.docx", bomb(t), "file", "unpacks to more"},
		{"a macro", "a.docx", office(t, "[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "file", "macro"},
		{"a page", "a.html", "<html>", "name", "must end in"},
		{"a drawing with scripts", "a.svg", "<svg/>", "name", "must end in"},
		{"a program", "a.exe", "MZ", "name", "must end in"},
		{"no ending", "passwd", "x", "name", "must end in"},
		{"a double ending", "a.pdf.exe", "x", "name", "must end in"},
	} {
		t.Run(test.what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			_, err := artifact.In(dir, nil).Put(strings.NewReader(test.content), test.name, most)
			var p *host.Problem
			if !errors.As(err, &p) || len(p.Fields) != 1 || p.Fields[0].Field != test.field || !strings.Contains(p.Message, test.says) {
				t.Errorf("it is refused with %v, want %s: %s", err, test.field, test.says)
			}
			if found := left(t, dir); len(found) > 0 {
				t.Errorf("it leaves %v", found)
			}
		})
	}
}

func TestNamesAreCleaned(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"../../etc/passwd.txt": "passwd.txt", `C:\Users\ann\a.txt`: "a.txt", "a\u202etxt.exe.txt": "atxt.exe.txt", "  a   b .TXT": "a b.txt",
		"a\x00\nb.txt": "ab.txt", `a<b>:"|?*c.txt`: "abc.txt", ".txt": "file.txt", "...txt": "file.txt", "/.txt": "file.txt",
		strings.Repeat("ä", 300) + ".txt": strings.Repeat("ä", 60) + ".txt",
	} {
		file, err := artifact.In(t.TempDir(), nil).Put(strings.NewReader("x"), given, most)
		if err != nil || file.Name != want {
			t.Errorf("%q is called %q, %v, want %q", given, file.Name, err, want)
		}
	}
}

// broken is a reader that fails after some bytes.
type broken struct{ err error }

// Read implements io.Reader.
func (b broken) Read(p []byte) (int, error) { return copy(p, "abc"), b.err }

func TestAnUploadThatEndsEarlyLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := artifact.In(dir, nil).Put(broken{io.ErrUnexpectedEOF}, "a.txt", most)
	if err == nil || !strings.Contains(err.Error(), "ended early") {
		t.Errorf("it is refused with %v", err)
	}
	if found := left(t, dir); len(found) > 0 {
		t.Errorf("it leaves %v", found)
	}
}

func TestAFullDiskLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	full := artifact.WithFullDisk(artifact.In(dir, nil), 10)
	_, err := full.Put(strings.NewReader(strings.Repeat("x", 100)), "a.txt", most)
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != host.CodeDiskFull || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("it is refused with %v", err)
	}
	nearly := artifact.In(dir, func() error { return &host.Problem{Code: host.CodeDiskFull} })
	if _, err := nearly.Put(strings.NewReader("x"), "a.txt", most); !errors.As(err, &p) || p.Code != host.CodeDiskFull {
		t.Errorf("nearly full, it is refused with %v", err)
	}
	if found := left(t, dir); len(found) > 0 {
		t.Errorf("it leaves %v", found)
	}
}

func TestAChangedByteIsNoticedAndMended(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := artifact.In(dir, nil)
	file, err := files.Put(strings.NewReader("hello"), "a.txt", most)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, file.SHA256[:2], file.SHA256)
	if err := os.WriteFile(path, []byte("hullo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if wrong, _, err := files.Check(t.Context(), file.SHA256); !strings.Contains(wrong, "a byte was changed") || err != nil {
		t.Errorf("a changed byte is %q, %v", wrong, err)
	}
	if err := files.Restore(file.SHA256, strings.NewReader("hello")); err != nil {
		t.Fatal(err)
	}
	if wrong, _, err := files.Check(t.Context(), file.SHA256); wrong != "" || err != nil {
		t.Errorf("after it was restored it is %q, %v", wrong, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if wrong, _, err := files.Check(t.Context(), file.SHA256); wrong != "the file is missing" || err != nil {
		t.Errorf("a file that is gone is %q, %v", wrong, err)
	}
	if _, err := files.Open("../../etc/passwd"); err == nil {
		t.Error("a path was opened in place of a hash")
	}
}

func TestOnlyOldFilesThatAreNotNamedAreDeleted(t *testing.T) {
	t.Parallel()
	files := artifact.In(t.TempDir(), nil)
	var sums []string
	for _, content := range []string{"named", "not named"} {
		file, err := files.Put(strings.NewReader(content), "a.txt", most)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, file.SHA256)
	}
	named := map[string]bool{sums[0]: true}
	if n, err := files.Delete(time.Now().Add(-time.Hour), named); n != 0 || err != nil {
		t.Errorf("%d young files are deleted, %v", n, err)
	}
	if n, err := files.Delete(time.Now().Add(time.Hour), named); n != 1 || err != nil {
		t.Errorf("%d files are deleted, %v", n, err)
	}
	if all, err := files.List(); len(all) != 1 || all[0] != sums[0] || err != nil {
		t.Errorf("%v are kept, %v", all, err)
	}
}
