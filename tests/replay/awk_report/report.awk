# Good loans to one file, bad loans to another.
NR > 1 { file = $5 == 1 ? "bad.txt" : "good.txt"; print $1, $3 / $4 >file }
