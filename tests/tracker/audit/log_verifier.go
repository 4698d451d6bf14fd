// Log_verifier checks what a ledger of Reprise prints with nothing but the Go project's own
// packages for transparency logs, which share no code with Reprise.
//
//	log_verifier checkpoint VKEY CHECKPOINT
//	log_verifier inclusion VKEY PROOF       one element of "proofs" of `ledger prove REF`
//	log_verifier consistency VKEY KEPT GROWTH
//	                                        a kept checkpoint and `ledger prove --since SIZE`
//	log_verifier cosignature VKEY WITNESS CHECKPOINT
//
// Arguments but the keys are files.  VKEY may be several keys with commas between them: the log's
// key may have been replaced.  Exit status: 0 it holds, 1 it does not.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("too few arguments")
	}
	var files [][]byte
	for _, name := range args[2:] {
		if args[0] == "cosignature" && len(files) == 0 {
			files = append(files, []byte(name)) // The witness' key.
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, data)
	}
	switch {
	case args[0] == "checkpoint" && len(files) == 1:
		_, _, err := open(args[1], files[0])
		return err
	case args[0] == "inclusion" && len(files) == 1:
		return inclusion(args[1], files[0])
	case args[0] == "consistency" && len(files) == 2:
		return consistency(args[1], files[0], files[1])
	case args[0] == "cosignature" && len(files) == 2:
		return cosignature(args[1], string(files[0]), files[1])
	}
	return errors.New("unknown command, or a wrong number of arguments")
}

// open returns the tree that a checkpoint signed by one of the keys tells, and the note's text.
func open(vkeys string, signed []byte) (tlog.Tree, string, error) {
	var verifiers []note.Verifier
	for _, vkey := range strings.Split(vkeys, ",") {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return tlog.Tree{}, "", err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return tlog.Tree{}, "", err
	}
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) < 4 || lines[0] != verifiers[0].Name() {
		return tlog.Tree{}, "", errors.New("no checkpoint, or another log's")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, "", err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, opened.Text, err
}

func inclusion(vkeys string, document []byte) error {
	var proof struct {
		Type       string
		Entry      []byte
		Index      int64
		Size       int64
		Path       [][]byte
		Checkpoint string
	}
	if err := json.Unmarshal(document, &proof); err != nil {
		return err
	}
	tree, _, err := open(vkeys, []byte(proof.Checkpoint))
	if err != nil {
		return err
	}
	if proof.Type != "reprise/inclusion-proof/v1" || proof.Size != tree.N {
		return errors.New("no proof for the checkpoint in it")
	}
	var path tlog.RecordProof
	for _, hash := range proof.Path {
		if len(hash) != tlog.HashSize {
			return errors.New("a hash has another length")
		}
		path = append(path, tlog.Hash(*(*[tlog.HashSize]byte)(hash)))
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, proof.Index, tlog.RecordHash(proof.Entry))
}

func consistency(vkeys string, kept, growth []byte) error {
	older, _, err := open(vkeys, kept)
	if err != nil {
		return err
	}
	head, rest, found := bytes.Cut(growth, []byte("\n\n"))
	if !found {
		return errors.New("no empty line in the proof")
	}
	newer, _, err := open(vkeys, rest)
	if err != nil {
		return err
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != fmt.Sprintf("old %d", older.N) {
		return errors.New("the proof is from another size")
	}
	var path tlog.TreeProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	return tlog.CheckTree(path, newer.N, newer.Hash, older.N, older.Hash)
}

// cosignature checks c2sp.org/tlog-cosignature, which golang.org/x/mod does not know.
func cosignature(vkeys, witness string, signed []byte) error {
	_, text, err := open(vkeys, signed)
	if err != nil {
		return err
	}
	parts := strings.SplitN(witness, "+", 3)
	if len(parts) != 3 {
		return errors.New("no verifier key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return errors.New("no key of a witness")
	}
	id := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	for _, line := range strings.Split(string(signed), "\n") {
		name, encoded, found := strings.Cut(strings.TrimPrefix(line, "\u2014 "), " ")
		if !found || name != parts[0] {
			continue
		}
		value, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(value) != 4+8+ed25519.SignatureSize || !bytes.Equal(value[:4], id[:4]) {
			continue
		}
		time := binary.BigEndian.Uint64(value[4:12])
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
		if ed25519.Verify(ed25519.PublicKey(key[1:]), []byte(message), value[12:]) {
			return nil
		}
		return errors.New("the cosignature is wrong")
	}
	return errors.New("the witness did not cosign it")
}
