my $sum = 0;
$sum += $_ for map { split } <STDIN>;
print "Hello from Perl: $sum\n";
