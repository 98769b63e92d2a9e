return await Pipeline.Functions.Cli.CommandLine.RunAsync(args, CancellationToken.None);
