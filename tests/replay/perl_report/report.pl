# The words of a text and how often they come.
use strict;
use warnings;

my %count;
while (my $line = <>) {
    $count{$_}++ for split ' ', $line;
}
open(my $out, '>', 'words.txt') or die "words.txt: $!";
print $out "$count{$_} $_\n" for sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
close($out) or die "words.txt: $!";
