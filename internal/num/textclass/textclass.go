// Package textclass answers "which class does a short technical text belong
// to?" with linear classifiers over hashed word features.
//
// In goes text; out come probabilities of classes and the words that made
// them. The parts, in the order in which text passes them:
//
//	Tokenize    words with their place; numbers, versions, addresses masked
//	Vocabulary  which features count, and how rare they are
//	Matrix      texts as sparse vectors (sublinear TF-IDF of word 1-2-grams)
//	Softmax     multinomial logistic regression, trained by AdaGrad; or each
//	            class against all others; or the mean of several
//	Calibration temperature, class offsets and a curve, fitted on texts not
//	            trained on; adds up several scorers
//	Sparse      the same weights in eight bits, pruned: what is kept and used
//	Encoder     averaged word vectors under one hidden layer: the neural
//	            contender of every table
//	Compact     the same in eight bits
//
// Everything is a pure function of its arguments: no clock, no randomness but
// a seed, the same result for any GOMAXPROCS (training of one classifier is
// sequential; several are trained beside each other). Floating point may
// differ between architectures. Nothing here is safe for concurrent writing;
// a Vocabulary and a Sparse are read-only once made and may be shared.
//
// Cost: about a microsecond a word to classify into some hundred classes. The
// vocabulary holds 4 bytes of hash a feature; two features with one hash are
// one feature (about one in forty thousand).
package textclass
