// Package vuln answers "which weakness is it, and how bad?" from the text of a
// vulnerability record, because hand labelling cannot keep up. What it says is
// an estimate, always with the version of the model, and never in the place of
// what a publisher has said.
//
// In goes a description. Out comes an [Answer]: the way down the CWE tree to
// the deepest node that is sure enough, with the mass of each node on it; the
// three most likely labels; a CVSS v3.1 vector with a probability for each
// metric, the expected score and an interval; and how often answers of this
// confidence were right. "Cannot tell from this text" is an answer too.
// [Model.Explain] adds the words that decided and known CVEs that read alike.
//
// A [Model] is trained from records whose labels are known ([Train]), kept in
// eight-bit weights in one file, read-only and safe for concurrent use. One
// that was trained on public records is embedded ([Default]). The same records
// and settings give the same file, byte for byte, on one architecture.
//
// Cost: some 50 microseconds a text. Limits: texts are read up to [MaxText];
// English only (another language gives no answer, and says so); the tree is
// that of the CWE version the model was trained with.
//
// The measured quality, and of what it is the quality, is in eval/vuln.
package vuln
